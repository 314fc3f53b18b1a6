using System.Text;

namespace Rlhf.Inference.Tests.Constraints;

public sealed class SchemaTests
{
    [Theory]
    [InlineData("""{"type":"boolean"}""", "true|false", "null|True| true")]
    [InlineData("""{"type":"null","title":"t","description":"d","default":1,"examples":[2],"$schema":"s","$id":"i","$comment":"c"}""", "null", "1")]
    [InlineData("""{"type":["string","null"]}""", "null|\"\"|\"a b\"|\"\\n\\u0001\\\"\"|\"é😀\"", "1|\"\\/\"|\"\\ud83d\"|\"\n\"|\"")]
    [InlineData("""{"type":"integer"}""", "0|-1|123456789012345", "01|-0|1.0|1e2|+1|1234567890123456")]
    [InlineData("""{"type":"number"}""", "0|-0|1.5|-12.25e-3|1E+10", ".5|1.|1e|01|1e100|NaN")]
    [InlineData("""{"type":"integer","minimum":-12,"maximum":105}""", "-12|-9|0|7|99|105", "-13|-20|106|110|1000")]
    [InlineData("""{"type":"integer","exclusiveMinimum":9,"exclusiveMaximum":11.5}""", "10|11", "9|12|1")]
    [InlineData("""{"type":"integer","minimum":0,"multipleOf":25}""", "0|25|100|975", "1|24|-25|110")]
    [InlineData("""{"type":"number","minimum":-0.5,"maximum":2.25}""", "-0.5|-0.49|0|2|2.25|2.250|2.2499|1.999999", "-0.51|2.26|2.2501|3|-1|1e0")]
    [InlineData("""{"type":"number","exclusiveMinimum":1,"exclusiveMaximum":1.1}""", "1.05|1.01|1.099", "1|1.1|1.10|1.0|0.9|2")]
    [InlineData("""{"type":"number","minimum":5,"maximum":5}""", "5|5.0", "4|5.1|6")]
    [InlineData("""{"type":"number","multipleOf":0.01,"minimum":0}""", "0|1.25|3.1", "1.255|-1")]
    [InlineData("""{"minLength":2,"maxLength":3}""", "\"ab\"|\"ééé\"|\"😀😀\"|\"\\n\\\"\"", "\"a\"|\"abcd\"|\"😀\"")]
    [InlineData("""{"type":"string","pattern":"^[A-Z]{2}-\\d+$"}""", "\"AB-1\"|\"XY-123\"", "\"AB-\"|\"ab-1\"|\"AB-1 \"")]
    [InlineData("""{"type":"string","pattern":"b.d"}""", "\"bad\"|\"a bad 😀\"|\"b\\\\d\"", "\"bd\"|\"b\\nd\"")]
    [InlineData("""{"type":"string","pattern":"^a|b$","maxLength":3}""", "\"a\"|\"axx\"|\"xxb\"|\"b\"", "\"x\"|\"xax\"|\"axxx\"")]
    [InlineData("""{"type":"string","pattern":"^(?:x|(?<n>yz))*?[^a-c\\d]$","minLength":2}""", "\"x!\"|\"yzyz?\"", "\"!\"|\"xa\"|\"x1\"")]
    [InlineData("""{"type":"string","pattern":"^\\u00e9\\x41\\.{2}$"}""", "\"éA..\"", "\"éAxx\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"|\"1999-12-31\"", "\"2023-02-29\"|\"2024-04-31\"|\"2024-13-01\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2024-02-29T23:59:59Z\"|\"2000-01-01T00:00:00.25+02:00\"", "\"2024-02-29\"|\"2024-02-29T24:00:00Z\"|\"2024-02-29T23:59:59\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"01234567-89ab-cdef-0123-456789abcdef\"", "\"0123\"")]
    [InlineData("""{"type":"string","format":"email"}""", "\"a.b@c-d.org\"", "\"a@b\"|\"@b.org\"|\"a..b@c.org\"")]
    [InlineData("""{"enum":["a",1,null,{"b":[2]}]}""", "\"a\"|1|null|{\"b\":[2]}", "2|\"b\"|{\"b\": [2]}")]
    [InlineData("""{"type":"string","enum":["a",1]}""", "\"a\"", "1")]
    [InlineData("""{"const":"é\"x"}""", "\"é\\\"x\"", "\"é\"")]
    [InlineData("""{"anyOf":[{"type":"integer","minimum":5},{"enum":[1,"x"]}]}""", "5|1|\"x\"|17", "2|\"y\"")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[1]|[1,2]|[1, 2]", "[]|[1,2,3]|[ 1]|[1,  2]|[1,]")]
    [InlineData("""{"type":"array","prefixItems":[{"const":1},{"const":2}],"items":{"const":3}}""", "[]|[1]|[1,2]|[1,2,3,3]", "[2]|[1,3]|[1,2,4]")]
    [InlineData("""{"type":"array","prefixItems":[{"const":1}],"items":false}""", "[]|[1]", "[1,1]")]
    [InlineData("""{"type":"array","prefixItems":[{"const":1}]}""", "[1]", "[1,1]")]
    [InlineData("""{"type":"object","properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},"required":["b"],"additionalProperties":false}""",
        "{\"b\":2}|{\"a\":1,\"b\":2}|{\"a\": 1, \"b\": 2, \"c\": 3}|{\"b\":2,\"c\":3}", "{}|{\"a\":1}|{\"b\":2,\"a\":1}|{\"a\":1,\"b\":2,}|{\"b\":2,\"d\":4}|{\"b\":2")]
    [InlineData("""{"properties":{"a":{"const":1}}}""", "{}|{\"a\":1}", "{\"b\":1}|1")]
    [InlineData("""{"type":"object","properties":{"ab":{"const":1}},"additionalProperties":{"type":"boolean"}}""",
        "{}|{\"ab\":1,\"c\":true}|{\"a\":true}|{\"abc\":true, \"\":false}", "{\"ab\":true}|{\"c\":true,\"ab\":1}|{\"c\":1}")]
    [InlineData("""{"type":"object"}""", "{}|{\"x\":[1,{\"y\":null}]}", "[]|1")]
    [InlineData("{}", "1|[[]]|{\"a\":\"b\"}", "x|[1")]
    [InlineData("true", "1|[[]]|{\"a\":\"b\"}", "x")]
    [InlineData("json_object", "{}|{\"a\": [1, 2.5, \"x\", true, null, {}]}", "[]|{\"a\"}|{ }|1")]
    [InlineData("""{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["v","next"]}}}""",
        "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}", "{\"v\":1}|{\"v\":1,\"next\":2}")]
    [InlineData("""{"type":"array","items":{"$ref":"#"}}""", "[]|[[],[[]]]", "[1]")]
    [InlineData("""{"type":"object","properties":{"a/b":{"type":"integer"},"c":{"$ref":"#/properties/a~1b"}}}""", "{\"a/b\":1,\"c\":2}", "{\"c\":true}")]
    [InlineData("""{"definitions":{"x":{"const":1}},"anyOf":[{"$ref":"#/definitions/x"}]}""", "1", "2")]
    public void ASchema_TakesWhatHolds_AndNothingElse(string schema, string right, string wrong)
    {
        foreach (string text in right.Split('|'))
        {
            Assert.True(Takes(schema, text), $"{text} must be taken");
            Assert.True(schema == ReplyFormat.AnyObject || PlainValidator.Holds(schema, text), $"{text} does not hold");
        }

        Assert.All(wrong.Split('|'), text => Assert.False(Takes(schema, text), $"{text} must not be taken"));
    }

    [Theory]
    [InlineData("""{"type":"object","patternProperties":{}}""", "patternProperties")]
    [InlineData("""{"type":"object","properties":{"a":{"allOf":[]}}}""", "properties.a.allOf")]
    [InlineData("""{"anyOf":[{"type":"string"},{"not":{}}]}""", "anyOf[1].not")]
    [InlineData("""{"type":"array","items":{"oneOf":[]}}""", "items.oneOf")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "uniqueItems")]
    [InlineData("""{"type":"array","prefixItems":[{},{"if":{}}]}""", "prefixItems[1].if")]
    [InlineData("""{"type":"word"}""", "type")]
    [InlineData("""{"type":[]}""", "type")]
    [InlineData("""{"type":7}""", "type")]
    [InlineData("""{"type":"string","format":"ipv6"}""", "format")]
    [InlineData("""{"type":"string","minLength":-1}""", "minLength")]
    [InlineData("""{"type":"string","maxLength":"3"}""", "maxLength")]
    [InlineData("""{"type":"string","pattern":"(?=a)b"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"(a)\\1"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"a\\b"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"[a"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"(a"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"a)"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"*a"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"(^a)"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"[^\\D]"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"\\p{L}"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"a{1001}"}""", "pattern")]
    [InlineData("""{"type":"string","pattern":"a.{20}b.{20}"}""", "")]
    [InlineData("""{"type":"number","multipleOf":0.3}""", "multipleOf")]
    [InlineData("""{"type":"integer","multipleOf":101}""", "multipleOf")]
    [InlineData("""{"type":"integer","multipleOf":0}""", "multipleOf")]
    [InlineData("""{"type":"integer","minimum":"1"}""", "minimum")]
    [InlineData("""{"type":"object","required":["a"]}""", "required")]
    [InlineData("""{"type":"object","properties":{"a":{}},"required":"a"}""", "required")]
    [InlineData("""{"type":"object","properties":[]}""", "properties")]
    [InlineData("""{"type":"object","properties":{"a":1}}""", "properties.a")]
    [InlineData("""{"type":"object","properties":{"a":{},"a":{}}}""", "properties.a")]
    [InlineData("""{"enum":[]}""", "enum")]
    [InlineData("""{"enum":["a"],"minLength":2}""", "minLength")]
    [InlineData("""{"anyOf":[{}],"type":"string"}""", "type")]
    [InlineData("""{"$ref":"#/$defs/no"}""", "$ref")]
    [InlineData("""{"$ref":"http://example.org/schema"}""", "$ref")]
    [InlineData("""{"$ref":"#"}""", "$ref")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"type":"string"}]}""", "$ref")]
    [InlineData("""{"const":"\ud800"}""", "")]
    [InlineData("7", "")]
    [InlineData("{", "")]
    public void WhatIsNotSupported_IsRefusedWithItsPlace(string schema, string path) =>
        Assert.Equal(path, Assert.Throws<SchemaException>(() => ReplyFormat.Of(schema)).Path);

    [Theory]
    [InlineData("false")]
    [InlineData("""{"type":"integer","minimum":3,"maximum":2}""")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""")]
    [InlineData("""{"type":"string","pattern":"^a{5}$","maxLength":4}""")]
    [InlineData("""{"type":"string","pattern":"^abc$","format":"date"}""")]
    [InlineData("""{"type":"array","minItems":2,"maxItems":1}""")]
    [InlineData("""{"type":"array","prefixItems":[{}],"items":false,"minItems":2}""")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""")]
    [InlineData("""{"type":"object","properties":{"a":false},"required":["a"]}""")]
    [InlineData("""{"type":"string","enum":[1]}""")]
    [InlineData("""{"type":"number","exclusiveMinimum":1,"maximum":1}""")]
    public void ASchemaThatNothingSatisfies_IsRefused(string schema) =>
        Assert.Contains("satisfied by nothing", Assert.Throws<SchemaException>(() => ReplyFormat.Of(schema)).Message);

    [Fact]
    public void ASchemaThatIsTooDeepOrTooLarge_IsRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"type":"array","minItems":1,"items":""", 33)) + "{}" + new string('}', 33);
        Assert.Contains("deep", Assert.Throws<SchemaException>(() => ReplyFormat.Of(deep)).Message);
        string large = """{"type":"object","properties":{""" + string.Join(',', Enumerable.Range(0, 6000).Select(i => $"\"p{i}\":{{\"type\":\"null\"}}")) + "}}";
        Assert.Contains("too large", Assert.Throws<SchemaException>(() => ReplyFormat.Of(large)).Message);
        string constants = $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 1001))}}]}""";
        Assert.Contains("too large", Assert.Throws<SchemaException>(() => ReplyFormat.Of(constants)).Message);
    }

    [Fact]
    public void PatternsOfOneSchema_ShareWhatTheyMayTake()
    {
        string Patterns(int count) => """{"type":"object","properties":{""" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"p{i}\":{{\"type\":\"string\",\"pattern\":\"^[a-z]{{{i + 1}}}$\"}}")) + "}}";
        Assert.True(Takes(Patterns(80), """{"p0":"a","p2":"abc"}"""));
        Assert.Contains("too complex", Assert.Throws<SchemaException>(() => ReplyFormat.Of(Patterns(600))).Message);
    }

    [Fact]
    public void Formats_AreReadOnce_UntilOthersAreAskedForOrTheirStatesTakeTooMuchRoom()
    {
        const string schema = """{"const":"asked for first"}""";
        ReplyFormat first = ReplyFormat.Of(schema);
        Assert.Same(first, ReplyFormat.Of(schema));
        for (int i = 0; i < 80; i++)
            ReplyFormat.Of($"{{\"const\":{i}}}");
        Assert.NotSame(first, ReplyFormat.Of(schema));

        const string any = """{"title":"grows"}""";
        ReplyFormat young = ReplyFormat.Of(any);
        var random = new Random(1);
        for (int i = 0; i < 5_000 && ReferenceEquals(young, ReplyFormat.Of(any)); i++)
        {
            Node state = young.Start;
            foreach (byte value in Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30).Select(_ => random.Next(2) == 0 ? "[" : "{\"0\":"))))
                state = state.Step(value);
            Assert.NotSame(Node.Nothing, state);
        }

        Assert.NotSame(young, ReplyFormat.Of(any));
    }

    [Fact]
    public void WhatNestsWithoutEnd_IsClosedBeforeReadersGiveUp()
    {
        Assert.True(Takes("""{"type":"array","items":{"$ref":"#"}}""", new string('[', 32) + new string(']', 32)));
        Assert.False(Takes("""{"type":"array","items":{"$ref":"#"}}""", new string('[', 33)));
    }

    [Fact]
    public void ManyWaysToSayTheSame_CostNoMoreThanTheyAre()
    {
        // Each of 60 definitions is either of two, each of which is either of the next two: 2^60 ways to a number.
        var definitions = Enumerable.Range(0, 120).Select(i => i < 118
            ? $$"""{"anyOf":[{"$ref":"#/$defs/d{{(i / 2 * 2) + 2}}"},{"$ref":"#/$defs/d{{(i / 2 * 2) + 3}}"}]}"""
            : """{"type":"integer"}""");
        string schema = """{"$ref":"#/$defs/d0","$defs":{""" + string.Join(',', definitions.Select((definition, i) => $"\"d{i}\":{definition}")) + "}}";
        Assert.True(Takes(schema, "12"));
        // Each level may be of either of two shapes that look alike.
        const string twins = """{"$defs":{"a":{"type":"object","properties":{"x":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}}},"b":{"type":"object","properties":{"x":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}}}},"$ref":"#/$defs/a"}""";
        Assert.True(Takes(twins, string.Concat(Enumerable.Repeat("{\"x\":", 20)) + "{}" + new string('}', 20)));
    }

    [Fact]
    public void ALongConstant_AndAPatternOfManyChoices_AreRead()
    {
        string constant = new('x', 200_000);
        Assert.True(Takes("""{"type":"object","properties":{"a":{"const":""" + $"\"{constant}\"}}}}}}", $"{{\"a\":\"{constant}\"}}"));
        string pattern = string.Concat(Enumerable.Repeat("(a|b|cd)", 100));
        Assert.True(Takes($$"""{"type":"string","pattern":"^{{pattern}}$"}""", $"\"{string.Concat(Enumerable.Repeat("acdb", 33))}a\""));
    }

    private static bool Takes(string schema, string text)
    {
        Node state = ReplyFormat.Of(schema).Start;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
            state = state.Step(value);
        return state.Nullable;
    }
}
