using System.Diagnostics;
using System.Globalization;
using System.Net;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;
using Rlhf.Inference;

namespace Rlhf.Cli.Simulation;

/// <summary>
/// Users with a hidden taste at a running server: they chat and give feedback, and the server learns. The versions are
/// measured at the end, on prompts that the server has never seen until then: it practises on what it was asked lately.
/// Replies are drawn with seeds, and the learner reads thumbs in the replies' order, so that a run depends on its seed and
/// not on its timing.
/// </summary>
internal sealed class SimulationRun(ServerClient server, Taste taste, SimulationOptions options, Screen screen, ScriptedJudge? judge = null)
{
    private const int MedianSample = 200;
    private const int MostStars = 5;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    public async Task<SimulationResult> RunAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var model = await ModelAsync(cancellationToken);
        var raters = await RatersAsync(model, cancellationToken);
        var trained = new List<TrainedRound>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var started = watch.Elapsed;
            var before = (await server.LearnerAsync(cancellationToken)).LastJob?.JobId;
            var up = (await FeedbackAsync(round, model, raters, cancellationToken)).Count(chat => chat.Up);
            var job = await TrainAsync(round, before, cancellationToken);
            trained.Add(new TrainedRound(round, job, options.Feedback, up, (watch.Elapsed - started).TotalSeconds));
            screen.Line(SimulationReport.Line(trained[^1]));
        }

        return await MeasureAsync(model, trained, watch, cancellationToken);
    }

    /// <summary>The thumbs of one round on the base model's replies, and no training.</summary>
    public async Task<IReadOnlyList<RatedChat>> RateBaseAsync(CancellationToken cancellationToken)
    {
        var model = await ModelAsync(cancellationToken);
        return await FeedbackAsync(1, model, await RatersAsync(model, cancellationToken), cancellationToken);
    }

    private async Task<string> ModelAsync(CancellationToken cancellationToken)
    {
        var models = await server.ModelsAsync(cancellationToken);
        return models.FirstOrDefault(m => !m.Contains(':'))
            ?? throw new CommandException($"{server.Address}v1/models names no model to chat with; it lists: {string.Join(", ", models)}.");
    }

    private async Task<RaterPool> RatersAsync(string model, CancellationToken cancellationToken)
    {
        var sample = Openings.Draw(Openings.Training, MedianSample, options.Seed, "median");
        var (gold, texts) = await AnswersAsync("base: replies for the raters' median", $"{model}:base", sample, "median", cancellationToken);
        var raters = new RaterPool(taste, RaterPool.Median(gold), options.Noise, options.Raters, options.Seed, RaterPool.Cuts(gold, MostStars));
        if (judge?.TakeOn(taste, texts, options.JudgeAgreement) is { } agreement)
        {
            screen.Line(string.Create(CultureInfo.InvariantCulture, $"the judge agrees with the taste on {agreement:P0} of them"));
        }

        return raters;
    }

    private async Task<SimulationResult> MeasureAsync(string model, IReadOnlyList<TrainedRound> trained, Stopwatch watch, CancellationToken cancellationToken)
    {
        var heldOut = Openings.Draw(Openings.HeldOut, options.HeldOut, options.Seed, "held-out");
        var ofBase = await HeldOutAsync("base");
        var live = (Version: "base", Replies: ofBase);
        var rounds = new List<RoundResult>();
        foreach (var round in trained)
        {
            if (round.Job.Outcome == FinishedJob.Published)
            {
                live = (round.Job.Version, await HeldOutAsync(round.Job.Version));
            }

            rounds.Add(new RoundResult(round, live.Version, live.Replies.Gold.Average(), WinRate.Of(heldOut, live.Replies.Gold, ofBase.Gold, options.Seed)));
        }

        BestOfResult? bestOf = null;
        if (options.BestOf > 1 && live.Version != "base")
        {
            var (gold, _) = await HeldOutAsync(live.Version, options.BestOf);
            bestOf = new BestOfResult(options.BestOf, live.Version, gold.Average(), WinRate.Of(heldOut, gold, ofBase.Gold, options.Seed), WinRate.Of(heldOut, gold, live.Replies.Gold, options.Seed));
        }

        return new SimulationResult(taste.Name, ofBase.Gold.Average(), rounds, watch.Elapsed.TotalSeconds, bestOf) { Shapes = (ofBase.Shape, live.Replies.Shape) };

        Task<MeasuredReplies> HeldOutAsync(string version, int bestOf = 1) =>
            AnswersAsync($"{version}: {(bestOf > 1 ? $"best of {bestOf} " : "")}replies to held-out prompts", $"{model}:{version}", heldOut, "held-out", cancellationToken, bestOf);
    }

    /// <summary>One version's reply to each prompt; the seeds depend on the prompt's place, not on the version.</summary>
    private Task<MeasuredReplies> AnswersAsync(string title, string model, IReadOnlyList<string> openings, string purpose, CancellationToken cancellationToken, int bestOf = 1) =>
        screen.WatchAsync(title, async report =>
        {
            var replies = new MeasuredReplies(new double[openings.Count], new string[openings.Count]);
            var done = 0;
            await Parallel.ForEachAsync(Enumerable.Range(0, openings.Count), Degree(cancellationToken), async (i, stop) =>
            {
                var reply = await server.ChatAsync(PromptFor(model, openings[i], "examiner", purpose, i, bestOf), stop);
                (replies.Gold[i], replies.Texts[i]) = (taste.Gold(reply.Text), reply.Text);
                report((double)Interlocked.Increment(ref done) / openings.Count, "");
            });
            return replies;
        });

    /// <summary>One round of chats and thumbs.</summary>
    private Task<IReadOnlyList<RatedChat>> FeedbackAsync(int round, string model, RaterPool raters, CancellationToken cancellationToken) =>
        screen.WatchAsync<IReadOnlyList<RatedChat>>($"round {round}: {options.Feedback} chats and feedback", async report =>
        {
            var purpose = $"round {round}";
            var openings = Openings.Draw(Openings.Training, options.Feedback, options.Seed, purpose);
            var first = (round - 1) * options.Feedback;
            var rated = new RatedChat[options.Feedback];
            var judging = new SimulatedFeedback(server, taste, raters, options.Kind);
            var done = 0;
            await Parallel.ForEachAsync(Enumerable.Range(0, options.Feedback), Degree(cancellationToken), async (i, stop) =>
            {
                var rater = raters.Rater(first + i);
                var reply = await server.ChatAsync(PromptFor(model, openings[i], rater, purpose, i), stop);
                var up = options.IsJudged(i) ? raters.Likes(reply.Text) : await judging.GiveAsync(first + i, reply, rater, draft => server.ChatAsync(PromptFor(model, openings[i], rater, $"{purpose} draft {draft}", i), stop), stop);
                rated[i] = new RatedChat(openings[i], reply.Text, rater, up);
                report((double)Interlocked.Increment(ref done) / options.Feedback, "");
            });
            return rated;
        });

    // A running server may begin to learn by itself, and may have learned all there is before it is told to.
    private Task<FinishedJob> TrainAsync(int round, string? before, CancellationToken cancellationToken) =>
        screen.WatchAsync($"round {round}: training", async report =>
        {
            string? started = null;
            RefusedByServerException? refusal = null;
            while (true)
            {
                var learner = await server.LearnerAsync(cancellationToken);
                if (learner.LastJob is { } last && last.JobId == started)
                {
                    return Ended(last);
                }

                if (learner.State == LearnerState.Running)
                {
                    refusal = null;
                    report(learner.Progress, $"{learner.Stage} {learner.Step}/{learner.Steps}");
                    await Task.Delay(LookEvery, cancellationToken);
                    continue;
                }

                if (refusal is not null)
                {
                    return learner.LastJob is { } own && own.JobId != before ? Ended(own) : throw refusal;
                }

                try
                {
                    started = (await server.TrainAsync(cancellationToken)).JobId;
                }
                catch (RefusedByServerException e) when (e.Status == HttpStatusCode.Conflict)
                {
                    refusal = e;
                }
            }

            FinishedJob Ended(FinishedJob job) => job.Outcome == FinishedJob.Failed
                ? throw new CommandException($"Round {round}: training {job.Version} failed: {job.Reason}")
                : job;
        });

    // Conversations are named, too: the learner cuts its folds by them.
    private Prompt PromptFor(string model, string opening, string user, string purpose, int index, int bestOf = 1) => new(
        model,
        [new Message("user", opening)],
        user,
        (long)(SeededRandom.Hash(options.Seed + (ulong)index, "reply/" + purpose) >> 12),
        new PromptMetadata($"simulate-{options.Seed}-{model.Replace(':', '-')}-{purpose.Replace(' ', '-')}-{(bestOf > 1 ? $"best-of-{bestOf}-" : "")}{index}"),
        bestOf > 1 ? bestOf : null);

    private ParallelOptions Degree(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };
}
