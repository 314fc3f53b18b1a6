using Rlhf.Cli.Simulation;
using Rlhf.Learning.Rewards;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class ScriptedJudgeTests
{
    [Theory]
    [InlineData(1, 400, 400)]
    [InlineData(0.8, 300, 340)]
    [InlineData(0, 0, 0)]
    public async Task It_shares_the_taste_in_its_share_of_cases_and_says_the_same_again(double agreement, int least, int most)
    {
        await using var scripted = await ScriptedJudge.StartAsync(agreement, seed: 1, CancellationToken.None);
        scripted.ShareTaste(reply => reply.EndsWith('7'));
        var settings = scripted.Settings(400).Select(setting => setting.Split('=', 2)).ToDictionary(setting => setting[0], setting => setting[1]);
        using var judge = new AiJudge(new JudgeOptions { Url = new Uri(settings["Learner:Judge:Url"]), Model = settings["Learner:Judge:Model"] }, "Be brief.");
        RewardedReply[] replies = [.. Enumerable.Range(0, 400).Select(i => new RewardedReply([("user", "Hi.")], $"reply {i}", Ended: true, Prompt: i))];

        var scores = await judge.ScoreAsync(replies, CancellationToken.None);

        Assert.InRange(replies.Zip(scores).Count(judged => (judged.Second == 1) == judged.First.Text.EndsWith('7')), least, most);
        Assert.Equal(scores, await judge.ScoreAsync(replies, CancellationToken.None));
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
