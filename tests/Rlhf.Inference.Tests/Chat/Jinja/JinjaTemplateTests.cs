using System.Text.Json;
using Rlhf.Inference.Jinja;

namespace Rlhf.Inference.Tests;

public sealed class JinjaTemplateTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Data", "templates");
    private static readonly JsonElement Rendered = Families.Read(Path.Combine(Folder, "rendered.json"));

    public static TheoryData<string> Templates => [.. Directory.GetFiles(Folder, "*.jinja").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>What Jinja itself gives, set up as transformers does; <c>Data/chats.py</c> is the script.</summary>
    [Theory]
    [MemberData(nameof(Templates))]
    public void RealTemplates_RenderAsJinjaDoes(string name)
    {
        var template = new JinjaTemplate(File.ReadAllText(Path.Combine(Folder, name)));
        JsonElement[] cases = [.. Rendered.GetProperty("cases").EnumerateArray().Where(entry => entry.GetProperty("template").GetString() == name)];
        Assert.NotEmpty(cases);
        foreach (JsonElement entry in cases)
        {
            string chat = entry.GetProperty("chat").GetString()!;
            var variables = (Dictionary<string, object?>)JinjaValues.Of(entry.GetProperty("variables"))!;
            variables["messages"] = JinjaValues.Of(Rendered.GetProperty("chats").GetProperty(chat));
            if (chat == "tools")
                variables["tools"] = JinjaValues.Of(Rendered.GetProperty("tools"));
            if (entry.TryGetProperty("error", out JsonElement error))
            {
                JinjaException raised = Assert.Throws<JinjaException>(() => template.Render(variables));
                Assert.True(raised.Raised, raised.Message);
                Assert.Equal(error.GetString(), raised.Message);
            }
            else
            {
                Assert.Equal((chat, entry.GetProperty("text").GetString()), (chat, template.Render(variables).Value));
            }
        }
    }

    [Theory]
    [InlineData("a\n  {% if true %}\nb\n  {% endif %}\nc", "a\nb\nc")]
    [InlineData("a {%- if true -%} \n b {%- endif %}\nc", "abc")]
    [InlineData("a\n  {%+ if true %}b{% endif +%}\nc\n", "a\n  b\nc")]
    [InlineData("a {{- ' b ' -}} \n c", "a b c")]
    [InlineData("x\n {# note #}\ny {{ 1 }}\n", "x\ny 1")]
    [InlineData("{% set x %}a{{ 1 + 1 }}{% endset %}{{ x * 2 }}", "a2a2")]
    [InlineData("{% for a, b in [(1, 'x'), (2, 'y')] %}{{ a }}{{ b }}{{ loop.cycle('-', '+') }}{% endfor %}", "1x-2y+")]
    [InlineData("{% set x = 1 %}{% for i in range(3) %}{% set x = x + i %}{% endfor %}{{ x }}", "1")]
    [InlineData("{% for i in [] %}{% else %}none{% endfor %}", "none")]
    [InlineData("{{ {'a': {'b': [1, 2]}}.a.b[-1] }}{{ ({}).missing is defined }}{{ 'abc'[1:] }}{{ [1,2,3][::2] }}", "2Falsebc[1, 3]")]
    [InlineData("{{ '}}' }}{{ \"%}\" }}{{ 'tab\\there \\u00e9' }}", "}}%}tab\there é")]
    [InlineData("{{ none }}{{ undefined_name }}{{ true and 'x' or 'y' }}{{ 1 if false }}", "Nonex")]
    [InlineData("{{ '  a b '.split() }}{{ 'a,b,c'.split(',', 1) }}{{ ['b', 'a'] | sort | join('-') }}", "['a', 'b']['a', 'b,c']a-b")]
    [InlineData("{{ not 1 == 2 and 3 in [3] and 'a' not in 'b' }}{{ 1 < 2 < 3 }}{{ -3 | abs }}{{ 2 ** 3 ~ 'x' }}", "TrueTrue38x")]
    [InlineData("{{ messages | default([], true) | length }}{{ ('a' ~ 1) | upper }}{{ 'a\nb' | indent(2) }}", "0A1a\n  b")]
    public void TheLanguage_IsJinjas(string template, string text) =>
        Assert.Equal(text, new JinjaTemplate(template).Render(new Dictionary<string, object?>()).Value);

    [Theory]
    [InlineData("a\n{% extends 'b' %}", "line 2: the tag 'extends' is not supported; supported are if, for")]
    [InlineData("{{ x | xmlattr }}", "line 1: the filter 'xmlattr' is not supported; supported are abs")]
    [InlineData("{{ x is escaped }}", "line 1: the test 'escaped' is not supported; supported are boolean")]
    [InlineData("\n\n{{ strftime_now('%Y') }}", "line 3: the function 'strftime_now' is not supported; supported are raise_exception")]
    [InlineData("{{ 'a'.zfill(3) }}", "line 1: the function 'zfill' is not supported")]
    [InlineData("{% if x %}", "line 1: 'endif' is missing")]
    [InlineData("{% for x in y recursive %}{% endfor %}", "a recursive loop is not supported")]
    [InlineData("{{ 1 + }}", "line 1: a value is expected, not '}}'")]
    [InlineData("{{ 'a }}", "the string is never closed")]
    [InlineData("{{ a", "the tag is never closed with '}}'")]
    [InlineData("{% endif %}", "the tag 'endif' is not supported")]
    [InlineData("\n{{ x.y.z }}", "line 2: 'x' is undefined, so it has no 'y'")]
    [InlineData("{{ 'a' + 1 }}", "line 1: '+' does not go with a string and a number")]
    [InlineData("{{ 1 // 0 }}", "division by zero")]
    [InlineData("{{ ? }}", "'?' is not understood")]
    [InlineData("{% set x.y = 1 %}", "'x' is no namespace")]
    [InlineData("{% for x in 3 %}{% endfor %}", "line 1: a number has no items")]
    public void WhatDoesNotWork_IsNamedWithItsLine(string template, string message) =>
        Assert.Contains(message, Assert.Throws<JinjaException>(() => new JinjaTemplate(template).Render(new Dictionary<string, object?>())).Message);

    [Fact]
    public void WhatCameInWithAMessage_StaysMarked_WhateverIsDoneToIt()
    {
        const string template = """
            {{ '[' ~ c.strip() ~ ']' }}{{ c[2:5] }}{{ c | upper }}{{ c.split('c')[1] }}{{ c | replace('b', 'own') }}{{ c | tojson }}{{ [c] | join('') }}{{ 'o%s' | format(c) }}{{ [c] }}{{ c | reverse }}{% for x in c %}{{ x }}{% endfor %}{% set k %}{{ c }}{% endset %}{{ k }}
            """;
        JinjaText text = new JinjaTemplate(template).Render(new Dictionary<string, object?> { ["c"] = JinjaText.From(" abcd\n", 7) });
        Assert.Equal("[abcd]bcd ABCD\nd\n aowncd\n\" abcd\\n\" abcd\no abcd\n[' abcd\\n']\ndcba  abcd\n abcd\n", text.Value);
        Assert.All(text.Marks, mark => Assert.Equal(7, mark.Source));
        string own = string.Concat(text.Value.Where((_, i) => !text.Marks.Any(mark => mark.Start <= i && i < mark.End)));
        Assert.Equal("[]own\"\"o['']", own);
    }

    [Fact]
    public void BrokenTemplates_AreRefused_NeverACrash()
    {
        var random = new Random(3);
        string[] scraps = ["", "{{", "%}", "(", "|", "'", ".", " is "];
        var variables = new Dictionary<string, object?> { ["messages"] = JinjaValues.Of(Rendered.GetProperty("chats").GetProperty("system")), ["add_generation_prompt"] = true };
        foreach (string path in Directory.GetFiles(Folder, "*.jinja").Order(StringComparer.Ordinal))
        {
            string source = File.ReadAllText(path);
            for (int i = 0; i < 150; i++)
            {
                int at = random.Next(source.Length);
                string broken = source.Remove(at, random.Next(1, Math.Min(6, source.Length - at + 1))).Insert(at, scraps[random.Next(scraps.Length)]);
                try
                {
                    new JinjaTemplate(broken).Render(variables);
                }
                catch (JinjaException)
                {
                }
            }
        }
    }
}
