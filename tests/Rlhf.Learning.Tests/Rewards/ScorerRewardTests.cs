using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Rlhf.Learning.Rewards;
using Rlhf.Testing;
using static Rlhf.Testing.ScriptedService;

namespace Rlhf.Learning.Tests.Rewards;

public sealed class ScorerRewardTests
{
    private readonly FakeTimeProvider _clock = new();

    private static readonly RewardedReply[] Replies =
    [
        new([("system", "Be brief."), ("user", "A latte.")], "Sure.", Ended: true, Prompt: 0),
        new([("user", "A tea.")], "No \"tea\".", Ended: true, Prompt: 1),
        new([("user", "A tea.")], "", Ended: false, Prompt: 1),
    ];

    [Fact]
    public async Task Replies_go_in_batches_in_the_shape_of_OpenRLHF_and_rewards_come_back_in_their_order()
    {
        await using var service = await StartAsync(Says("""{"rewards":[0.5,[-2]],"scores":[9,9]}"""), Says("""{"rewards":[3]}"""));
        using var scorer = new ScorerReward(Options(service) with { Batch = 2, Key = "secret" });

        Assert.Equal([0.5, -2, 3], scorer.Score(Replies, CancellationToken.None));

        var (body, _, authorization) = service.Questions.First();
        Assert.Equal("Bearer secret", authorization);
        Assert.Equal(["system: Be brief.\nuser: A latte.\nassistant: Sure.", "user: A tea.\nassistant: No \"tea\"."], Texts(body, "query"));
        Assert.Equal(["system: Be brief.\nuser: A latte.\nassistant: ", "user: A tea.\nassistant: "], Texts(body, "prompts"));
        Assert.Equal(["", ""], Texts(body, "labels"));
        Assert.Equal("""[{"role":"user","content":"A tea."},{"role":"assistant","content":"No \u0022tea\u0022."}]""", body["messages"]![1]!.ToJsonString());
        Assert.Equal([2, 1], service.Questions.Select(asked => asked.Body["query"]!.AsArray().Count));
    }

    public static TheoryData<string> Passing => ["500", "429", "408", "breaks off", "breaks off inside", "slow", "NaN", "null", "too few", "garbage", "an empty answer", "a list"];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_may_pass_is_tried_again(string fault)
    {
        await using var service = await StartAsync(Fault(fault), Fault(fault), Says("""{"rewards":[1,2,3]}"""));
        using var scorer = new ScorerReward(Options(service) with { Retries = 2 });

        Assert.Equal([1, 2, 3], scorer.Score(Replies, CancellationToken.None));
        Assert.Equal(3, service.Questions.Count);
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_does_not_pass_stops_with_the_name_and_never_counts_as_nothing(string fault)
    {
        await using var service = await StartAsync(Fault(fault));
        using var scorer = new ScorerReward(Options(service) with { Retries = 1 });

        var error = Assert.Throws<RewardComponentException>(() => scorer.Score(Replies, CancellationToken.None));

        Assert.Equal(("scorer", true), (error.Component, error.IsTransient));
        Assert.Contains("'scorer'", error.Message);
        Assert.Contains(service.Url.AbsoluteUri, error.Message);
        Assert.Equal(2, service.Questions.Count);
    }

    [Fact]
    public async Task The_service_says_when_to_ask_again()
    {
        await using var service = await StartAsync(Fails(429, retryAfter: "7"), Says("""{"rewards":[1,2,3]}"""));
        var waited = TimeSpan.Zero;
        using var scorer = new ScorerReward(Options(service) with { Clock = new JumpingClock(pause => waited += pause) });

        Assert.Equal([1, 2, 3], scorer.Score(Replies, CancellationToken.None));
        Assert.Equal(TimeSpan.FromSeconds(7), waited);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(302)]
    public async Task What_never_passes_is_not_tried_again(int status)
    {
        await using var service = await StartAsync(Fails(status));
        using var scorer = new ScorerReward(Options(service) with { Retries = 3 });

        var error = Assert.Throws<RewardComponentException>(() => scorer.Score(Replies, CancellationToken.None));

        Assert.Equal((false, (HttpStatusCode?)status), (error.IsTransient, error.Status));
        Assert.Single(service.Questions);
    }

    [Fact]
    public async Task Nobody_who_listens_is_an_error_with_the_name()
    {
        Uri gone;
        await using (var service = await StartAsync(Says("{}")))
            gone = service.Url;
        using var scorer = new ScorerReward(new ScorerOptions { Url = gone, Retries = 0 });

        Assert.Contains("can't be reached", Assert.Throws<RewardComponentException>(() => scorer.Score(Replies, CancellationToken.None)).Message);
    }

    [Fact]
    public async Task A_cancelled_training_does_not_wait_for_the_service()
    {
        using var cancellation = new CancellationTokenSource();
        await using var service = await StartAsync((http, body) =>
        {
            cancellation.Cancel();
            return NeverAnswers()(http, body);
        });
        using var scorer = new ScorerReward(Options(service));

        Assert.ThrowsAny<OperationCanceledException>(() => scorer.Score(Replies, cancellation.Token));
    }

    private Task TakesTooLong(HttpContext http, JsonNode body)
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        return NeverAnswers()(http, body);
    }

    private Func<HttpContext, JsonNode, Task> Fault(string fault) => fault switch
    {
        "500" => Fails(500),
        "429" => Fails(429, retryAfter: "0"),
        "408" => Fails(408),
        "breaks off" => BreaksOff(),
        "breaks off inside" => BreaksOffInside(),
        "slow" => TakesTooLong,
        "NaN" => Says("""{"rewards":[1,"NaN",3]}"""),
        "null" => Says("""{"rewards":[1,null,3]}"""),
        "too few" => Says("""{"rewards":[1,2]}"""),
        "garbage" => Says("<html>"),
        "an empty answer" => Says(""),
        _ => Says("[1,2,3]"),
    };

    private ScorerOptions Options(ScriptedService service) => new() { Url = new Uri(service.Url, "get_reward"), FirstPause = TimeSpan.Zero, Clock = _clock };

    private static IEnumerable<string> Texts(JsonNode body, string field) => body[field]!.AsArray().Select(text => (string)text!);

    /// <summary>A clock on which every pause of seconds is over at once; time limits of a minute are not reached.</summary>
    private sealed class JumpingClock(Action<TimeSpan> jumped) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime <= TimeSpan.Zero || dueTime >= TimeSpan.FromMinutes(1))
                return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);

            jumped(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
