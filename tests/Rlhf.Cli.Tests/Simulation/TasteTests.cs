using Rlhf.Cli.Simulation;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class TasteTests
{
    private const string Json = """
        {
          "name": "test",
          "features": [ { "pattern": "(?i)\\bthank", "weight": 1.5 }, { "pattern": "\\?$", "weight": 0.5 }, { "pattern": "sorry", "weight": -2 } ],
          "length": { "best_words": 4, "weight": 2 }
        }
        """;

    // Weights of what matches, plus 2 · max(−1, 1 − |words − 4| / 4), by hand.
    [Theory]
    [InlineData("Thanks, what else now?", 1.5 + 0.5 + 2)]
    [InlineData("thank thank thank thank", 1.5 + 2)]
    [InlineData("so sorry", -2 + 1)]
    [InlineData("Sorry about all that", 2)]
    [InlineData("", 0)]
    [InlineData("  one\n two\tthree  ", 1.5)]
    [InlineData("1 2 3 4 5 6 7 8", 0)]
    [InlineData("1 2 3 4 5 6 7 8 9 10 11 12", -2)]
    [InlineData("1 2 3 4 5 6 7 8 9 10 11 12 13 14", -2)]
    public void Gold_is_the_sum_of_matching_weights_and_the_length_term(string reply, double gold) =>
        Assert.Equal(gold, TasteFile.Parse(Json, "test.json").Gold(reply), 12);

    [Fact]
    public void A_taste_may_be_of_length_alone_or_of_features_alone()
    {
        Assert.Equal(0.5, TasteFile.Parse("""{"name":"n","length":{"best_words":2,"weight":1}}""", "f").Gold("one"));
        Assert.Equal(3, TasteFile.Parse("""{"name":"n","features":[{"pattern":"a","weight":3}]}""", "f").Gold("banana"));
    }

    [Theory]
    [InlineData("not json", "is not a taste")]
    [InlineData("null", "neither features nor a length")]
    [InlineData("""{"name":"n"}""", "neither features nor a length")]
    [InlineData("""{"features":[{"pattern":"a","weight":1}]}""", "name")]
    [InlineData("""{"name":"n","features":[{"pattern":"(","weight":1}]}""", "features[0].pattern is no regular expression")]
    [InlineData("""{"name":"n","features":[{"pattern":"a"}]}""", "weight")]
    [InlineData("""{"name":"n","features":[{"pattern":"a","weight":"heavy"}]}""", "weight")]
    [InlineData("""{"name":"n","length":{"best_words":0,"weight":1}}""", "length.best_words is 0")]
    public void What_is_wrong_with_a_taste_is_said_with_the_files_name(string json, string said)
    {
        var error = Assert.Throws<CommandException>(() => TasteFile.Parse(json, "my-taste.json"));

        Assert.Equal(CommandException.Misused, error.ExitCode);
        Assert.Contains("my-taste.json", error.Message);
        Assert.Contains(said, error.Message);
    }

    [Fact]
    public void A_pattern_that_backtracks_for_ever_is_stopped_and_named()
    {
        var taste = TasteFile.Parse("""{"name":"slow","features":[{"pattern":"^(a+)+$","weight":1}]}""", "slow.json");

        var error = Assert.Throws<CommandException>(() => taste.Gold(new string('a', 60) + "b"));

        Assert.Contains("^(a+)+$", error.Message);
        Assert.Contains("slow", error.Message);
    }

    [Fact]
    public void Both_shipped_tastes_load_and_the_first_is_the_default()
    {
        Assert.Equal(["courteous", "brisk"], TasteFile.Shipped);
        Assert.Equal("courteous", TasteFile.Load(null).Name);
        Assert.Equal("brisk", TasteFile.Load("brisk").Name);
    }

    [Fact]
    public void The_shipped_tastes_disagree_about_the_same_reply()
    {
        const string Polite = "Of course. Could you please confirm the order on the screen before I send it over?";
        const string Short = "Sure, which city do you mean?";
        var courteous = TasteFile.Load("courteous");
        var brisk = TasteFile.Load("brisk");

        Assert.True(courteous.Gold(Polite) > courteous.Gold(Short));
        Assert.True(brisk.Gold(Short) > brisk.Gold(Polite));
    }

    [Fact]
    public void A_taste_that_is_not_there_is_named() =>
        Assert.Contains("no-such.json", Assert.Throws<CommandException>(() => TasteFile.Load("no-such.json")).Message);
}
