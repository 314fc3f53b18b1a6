using Rlhf.Inference;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Tests.Evaluation;

public sealed class RegressionPromptTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Reads_prompts_in_their_order_and_names_them_by_name_or_line()
    {
        File.WriteAllText(_file, """
            {"name": "refund", "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "My money back!"}], "must": ["(?i)sorry"]}

            {"messages": [{"role": "user", "content": "hi"}], "must_not": ["\\bidiot\\b", "[0-9]{4}"]}
            """);

        var read = RegressionPrompt.Read(_file).ToArray();

        Assert.Equal(["refund", $"{_file}, line 3"], read.Select(prompt => prompt.Name));
        Assert.Equal<DialogueMessage>([("system", "Be kind."), ("user", "My money back!")], read[0].Context);
        Assert.Equal((1, 0, 0, 2), (read[0].Must.Count, read[0].MustNot.Count, read[1].Must.Count, read[1].MustNot.Count));
    }

    [Theory]
    [InlineData("""{"must": ["a"]}""", "'messages' is missing")]
    [InlineData("""{"messages": [], "must": ["a"]}""", "'messages' is missing or empty")]
    [InlineData("""{"messages": [null], "must": ["a"]}""", "a 'role'")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "hello"}], "must": ["a"]}""", "the assistant is to speak")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}]}""", "neither 'must' nor 'must_not'")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "must": ["a", "(b"]}""", "(b")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "must": [null]}""", "line 2")]
    [InlineData("""{"messages": [{"role": "user", "content": "hi"}], "must": ["a"], "mustnt": ["b"]}""", "mustnt")]
    public void A_broken_line_is_named(string line, string wrong)
    {
        File.WriteAllText(_file, """{"messages": [{"role": "user", "content": "hi"}], "must": ["."]}""" + "\n" + line);

        var error = Assert.Throws<InvalidDataException>(() => RegressionPrompt.Read(_file).ToArray());

        Assert.Contains("line 2", error.Message);
        Assert.Contains(wrong, error.Message);
    }

    [Theory]
    [InlineData("sorry", "so sorry", false)]
    [InlineData("sorry", "no", true)]
    [InlineData("sorry", "sorry, idiot", true)]
    [InlineData("no", "nope", false)] // failed before, fails now
    [InlineData("no, idiot", "sorry, idiot", false)] // one check better, none worse
    [InlineData("sorry, idiot", "no", true)] // one check better, but one worse
    public void Worse_is_a_reply_that_fails_a_check_which_the_other_passes(string before, string after, bool worse)
    {
        File.WriteAllText(_file, """{"messages": [{"role": "user", "content": "hi"}], "must": ["sorry"], "must_not": ["idiot"]}""");

        Assert.Equal(worse, RegressionPrompt.Read(_file).Single().IsWorse(before, after));
    }

    [Fact]
    public void An_expression_that_never_comes_to_an_end_is_no_match()
    {
        File.WriteAllText(_file, """{"messages": [{"role": "user", "content": "hi"}], "must": ["^(a+)+$"]}""");
        var prompt = RegressionPrompt.Read(_file).Single();

        Assert.True(prompt.IsWorse("aaaa", new string('a', 40) + "!"));
    }

    public void Dispose() => File.Delete(_file);
}
