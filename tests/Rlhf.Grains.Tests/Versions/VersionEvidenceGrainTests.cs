using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Versions;

public sealed class VersionEvidenceGrainTests
{
    [Fact]
    public async Task A_conversation_is_one_observation_the_mean_of_what_was_said_in_it()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.SayAsync(
            Said.Thumb("c", "base", up: true),
            Said.Thumb("c", "base", up: false, number: 2),
            Said.Of(FeedbackKind.Rating, "c", "base", new FeedbackContent { Stars = 4, Net = 1 }, number: 3),
            Said.Thumb("d", "base", up: true));
        var tally = (await Evidence(silo).GetAsync()).Of("base");
        Assert.Equal((4, 2, 1_583_333), (tally.Statements, tally.Conversations, tally.Score)); // (1 + 0 + 0.75) / 3 and 1
        Assert.Equal((2, 1), (tally.ThumbsUp, tally.ThumbsDown));
    }

    [Theory]
    [InlineData(FeedbackKind.Accepted, 1.0)]
    [InlineData(FeedbackKind.Rating, 0.25)]
    [InlineData(FeedbackKind.Labels, 0.3)]
    [InlineData(FeedbackKind.Correction, 0.0)]
    [InlineData(FeedbackKind.Report, 0.0)]
    public async Task Every_kind_counts_as_a_thumb_of_its_score(FeedbackKind kind, double score)
    {
        await using var silo = await StartWithQuestionAsync();
        await silo.SayAsync(Said.Of(kind, "c", "base", new FeedbackContent { Positive = true, Stars = 2, Labels = [new LabelAnswer("tone", "curt")], Text = "Sorry.", Net = 1 }));
        var tally = (await Evidence(silo).GetAsync()).Of("base");
        Assert.Equal((1, (long)(score * VersionTally.Unit), kind == FeedbackKind.Report ? 1 : 0), (tally.Conversations, tally.Score, tally.Reported));
    }

    [Theory]
    [InlineData(FeedbackKind.Comment)]
    [InlineData(FeedbackKind.Signal)]
    [InlineData(FeedbackKind.Comparison)]
    public async Task What_has_no_score_of_its_own_does_not_count(FeedbackKind kind)
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.SayAsync(Said.Of(kind, "c", "base", new FeedbackContent { Signal = "copied", Rank = 1, Others = [], Net = 1 }));
        Assert.Equal(VersionTally.Empty, (await Evidence(silo).GetAsync()).Of("base"));
    }

    [Fact]
    public async Task What_is_overwritten_or_taken_back_counts_no_more_whenever_it_is_read()
    {
        await using var silo = await TestSilo.StartAsync();
        FeedbackEvent[] said =
        [
            Said.Thumb("c", "base", up: true),
            Said.Thumb("d", "base", up: false),
            Said.Thumb("c", "base", up: false, replaces: true),
            Said.Of(FeedbackKind.Rating, "e", "base", new FeedbackContent { Stars = 5, Net = 1 }),
            Said.Thumb("d", "base", up: null, replaces: false),
            Said.Of(FeedbackKind.Rating, "e", "base", new FeedbackContent { Stars = 3 }),
            Said.Thumb("c", "base", up: true, rater: "ben"),
        ];
        (long, long)[] expected = [(1, 1_000_000), (2, 1_000_000), (2, 0), (3, 1_000_000), (2, 1_000_000), (2, 500_000), (2, 1_000_000)];
        foreach (var (event_, (conversations, score)) in said.Zip(expected))
        {
            await silo.SayAsync(event_);
            var tally = (await Evidence(silo).GetAsync()).Of("base");
            Assert.Equal((conversations, score), (tally.Conversations, tally.Score));
        }

        var kept = await Evidence(silo).GetAsync();
        AssertSame(kept, await Evidence(silo).RebuildAsync());
        await silo.RestartAsync();
        AssertSame(kept, await Evidence(silo).GetAsync());
    }

    [Fact]
    public async Task What_is_erased_counts_no_more_but_for_thumbs()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.SayAsync(
            Said.Thumb("c", "base", up: true), Said.Thumb("d", "base", up: false), Said.Of(FeedbackKind.Rating, "d", "base", new FeedbackContent { Stars = 5, Net = 1 }));
        Assert.Equal(2, (await Evidence(silo).GetAsync()).Of("base").Conversations);

        await silo.Get<IFeedbackLedger>().EraseAsync(Erasure.OfConversation, [2], DateTimeOffset.UnixEpoch);
        var tally = (await Evidence(silo).GetAsync()).Of("base");
        Assert.Equal((2, 2 * VersionTally.Unit), (tally.Conversations, tally.Score));
        Assert.Equal((1, 1), (tally.ThumbsUp, tally.ThumbsDown));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Kept_along_the_way_is_the_same_as_rebuilt(int seed)
    {
        await using var silo = await TestSilo.StartAsync(Canary);
        await silo.MakeAsync("v1", 1);
        var random = new Random(seed);
        var standing = new Dictionary<(int, int), bool>();
        var stars = new HashSet<(int, int)>();
        for (var round = 0; round < 40; round++)
        {
            if (round == 10)
            {
                await silo.Catalog.PublishAsync("v1");
            }

            await silo.SayAsync([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Random(random, standing, stars))]);
            if (random.Next(3) == 0)
            {
                await Evidence(silo).GetAsync();
            }

            if (random.Next(12) == 0)
            {
                await silo.Get<IFeedbackLedger>().EraseAsync(
                    Erasure.OfUser, [random.Next(1, 1 + (int)await silo.Get<IFeedbackLedger>().LastSequenceAsync())], DateTimeOffset.UnixEpoch);
            }

            if (round == 25)
            {
                await silo.RestartAsync();
            }
        }

        var kept = await Evidence(silo).GetAsync();
        Assert.True(kept.Of("v1").Conversations > 0 && kept.Test!.Live.Conversations > 0);
        AssertSame(kept, await Evidence(silo).RebuildAsync());
    }

    private static FeedbackEvent Random(Random random, Dictionary<(int, int), bool> standing, HashSet<(int, int)> stars)
    {
        var key = (random.Next(12), random.Next(3));
        var (conversation, version, rater) = ($"c{key.Item1}", key.Item1 % 3 == 0 ? "v1" : "base", $"rater-{key.Item2}");
        if (random.Next(3) == 0)
        {
            return Said.Of(FeedbackKind.Rating, conversation, version, new FeedbackContent { Stars = random.Next(1, 6), Net = stars.Add(key) ? 1 : 0 }, rater);
        }

        bool? before = standing.TryGetValue(key, out var stood) ? stood : null;
        bool? up = before is not null && random.Next(4) == 0 ? null : random.Next(2) == 0;
        if (up is null)
        {
            standing.Remove(key);
        }
        else
        {
            standing[key] = up.Value;
        }

        return Said.Thumb(conversation, version, up, rater, before);
    }

    private static void AssertSame(VersionEvidence expected, VersionEvidence actual)
    {
        Assert.Equal((expected.Cursor, expected.Test), (actual.Cursor, actual.Test));
        Assert.Equal(expected.Versions.OrderBy(version => version.Key), actual.Versions.OrderBy(version => version.Key));
    }

    private static IVersionEvidenceGrain Evidence(TestSilo silo) => silo.Grain<IVersionEvidenceGrain>("demo");

    private static void Canary(IServiceCollection services) =>
        services.Configure<VersionOptions>(options => options.Canary = true);

    private static Task<TestSilo> StartWithQuestionAsync() => TestSilo.StartAsync(services =>
        services.Configure<FeedbackOptions>(options =>
        {
            var tone = new LabelQuestion();
            tone.Answers["curt"] = 0.3;
            tone.Answers["warm"] = 1;
            options.Labels["tone"] = tone;
        }));
}
