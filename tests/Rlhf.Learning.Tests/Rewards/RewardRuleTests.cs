using System.ComponentModel.DataAnnotations;
using Rlhf.Learning.Rewards;

namespace Rlhf.Learning.Tests.Rewards;

public sealed class RewardRuleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-rules-").FullName;

    [Theory]
    [InlineData("\"pattern\":\"(?i)thank you\"", "Thank you!", "Thanks!")]
    [InlineData("\"not_pattern\":\"!\"", "Fine.", "Fine!")]
    [InlineData("\"words\":{\"max\":3}", "one two  three", "one two three four")]
    [InlineData("\"words\":{\"min\":2,\"max\":2}", "one two", "one")]
    [InlineData("\"json\":true", "{\"a\":[1]}", "{\"a\":[1]} and more")]
    [InlineData("\"json\":false", "no", "12")]
    [InlineData("\"pattern\":\"a\",\"words\":{\"min\":2}", "a b", "a")]
    public void A_rule_holds_where_all_its_conditions_do(string conditions, string holds, string not)
    {
        var rule = RewardRule.Read(Written($$"""{"name":"r","reward":1,{{conditions}}}""")).Single();

        Assert.True(rule.Holds(holds, ended: true));
        Assert.False(rule.Holds(not, ended: true));
    }

    [Fact]
    public void A_truncated_reply_has_not_ended()
    {
        var rule = RewardRule.Read(Written("""{"name":"cut","reward":-1,"ended":false}""")).Single();

        Assert.True(rule.Holds("I was", ended: false));
        Assert.False(rule.Holds("I was.", ended: true));
    }

    [Fact]
    public void Rewards_of_the_rules_that_hold_add_up_and_each_has_its_mean()
    {
        var rules = RewardRule.Read(Written("""
            {"name":"brief","reward":0.5,"words":{"max":2}}

            {"name":"rude","reward":-2,"pattern":"idiot"}
            """));
        var reward = new RuleReward(rules);

        var scores = reward.Score([Reply("Sure."), Reply("You idiot."), Reply("You are an idiot."), Reply("You are a gentle person.")], CancellationToken.None);

        Assert.Equal([0.5, -1.5, -2, 0], scores);
        Assert.Equal([("brief", 0.25), ("rude", -1)], reward.Figures.Select(figure => (figure.Key, figure.Value)));
    }

    [Theory]
    [InlineData("""{"name":"r","reward":1,"pattern":"(a"}""", "'pattern'")]
    [InlineData("""{"name":"r","reward":1,"pattern":"(a)\\1"}""", "'pattern'")]
    [InlineData("""{"name":"r","reward":1,"not_pattern":"["}""", "'not_pattern'")]
    [InlineData("""{"name":"r","reward":1}""", "condition")]
    [InlineData("""{"name":"r","reward":0,"json":true}""", "'reward'")]
    [InlineData("""{"name":"r","json":true}""", "'reward' is missing")]
    [InlineData("""{"name":"r","reward":1e9,"json":true}""", "'reward' is 1000000000")]
    [InlineData("""{"name":"a b","reward":1,"json":true}""", "'a b'")]
    [InlineData("""{"reward":1,"json":true}""", "'name'")]
    [InlineData("""{"name":"r","reward":1,"patern":"a"}""", "patern")]
    [InlineData("""{"name":"r","reward":1,"words":{"min":3,"max":2}}""", "'words'")]
    [InlineData("""{"name":"r","reward":1,"words":{}}""", "'words'")]
    [InlineData("""{"name":"good","reward":1,"json":true}""", "earlier rule")]
    [InlineData("[", "not a JSON object")]
    [InlineData("null", "null")]
    public void A_wrong_rule_is_refused_with_file_and_line(string line, string said)
    {
        var path = Written($$"""{"name":"good","reward":1,"json":true}""" + "\n" + line);

        var error = Assert.Throws<ValidationException>(() => RewardFiles.Read(RewardComponents.HumanOnly with { Rules = new RulesOptions { File = path } }));

        Assert.Contains($"Learner:Rules:File can't be used: {path}, line 2:", error.Message);
        Assert.Contains(said, error.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_or_holds_nothing_is_refused()
    {
        Assert.Contains("missing.jsonl", Assert.Throws<ValidationException>(() => RewardFiles.Read(Of(Path.Combine(_folder, "missing.jsonl")))).Message);
        Assert.Contains("holds no rules", Assert.Throws<ValidationException>(() => RewardFiles.Read(Of(Written("\n")))).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static RewardComponents Of(string file) => RewardComponents.HumanOnly with { Rules = new RulesOptions { File = file } };

    private static RewardedReply Reply(string text) => new([("user", "Hi.")], text, Ended: true, Prompt: 0);

    private string Written(string lines)
    {
        var path = Path.Combine(_folder, "rules.jsonl");
        File.WriteAllText(path, lines);
        return path;
    }
}
