using Rlhf.Cli.Simulation;
using Rlhf.Learning.Rewards;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class ScriptedJudgeTests
{
    [Theory]
    [InlineData(1, 1, "x y")] // the whole taste
    [InlineData(0.7, 0.75, "y, x y")] // of two terms one
    public async Task It_judges_by_the_part_of_the_taste_that_agrees_as_often_as_it_is_to(double wanted, double agreement, string liked)
    {
        await using var scripted = await ScriptedJudge.StartAsync(CancellationToken.None);
        string[] texts = ["", "x", "y", "x y"];
        var taste = new Taste("both", [TasteFeature.Of("x", 1), TasteFeature.Of("y", 1)], Length: null);

        Assert.Equal(agreement, scripted.TakeOn(taste, texts, wanted));

        var settings = scripted.Settings(4).Select(setting => setting.Split('=', 2)).ToDictionary(setting => setting[0], setting => setting[1]);
        using var judge = new AiJudge(new JudgeOptions { Url = new Uri(settings["Learner:Judge:Url"]), Model = settings["Learner:Judge:Model"] }, "Be brief.");
        var scores = await judge.ScoreAsync([.. texts.Select(text => new RewardedReply([("user", "Hi.")], text, Ended: true, Prompt: 0))], CancellationToken.None);
        Assert.Equal(liked.Split(", "), texts.Where((_, i) => scores[i] == 1));
        Assert.Equal(4 - liked.Split(", ").Length, scores.Count(score => score == -1));
    }

    [Theory]
    [InlineData(0.5, 400, 200)]
    [InlineData(0.3, 10, 3)]
    [InlineData(1, 7, 7)]
    [InlineData(0, 7, 0)]
    public void A_share_of_the_chats_is_the_judges(double share, int chats, int judged)
    {
        var options = new SimulationOptions { Feedback = chats, Judged = share };

        Assert.Equal(judged, options.JudgedReplies);
        Assert.Equal(judged, Enumerable.Range(0, chats).Count(options.IsJudged));
    }
}
