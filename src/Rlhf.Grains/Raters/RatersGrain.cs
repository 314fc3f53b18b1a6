using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Storage;

namespace Rlhf.Grains.Raters;

/// <inheritdoc cref="IRatersGrain"/>
/// <remarks>What the ledger tells is read from the <see cref="FeedbackWindow"/>; only what somebody decided is state of its own. A quarantine is written here
/// first, where trainings look, then with the rater, where feedback is refused: repeating it finishes what a crash interrupted.</remarks>
[PreferLocalPlacement]
public sealed partial class RatersGrain(
    [PersistentState("raters")] IPersistentState<RatersState> state,
    IGrainStorage store,
    IFeedbackLedger ledger,
    IOptions<RaterOptions> options,
    IOptions<FeedbackOptions> feedback,
    TimeProvider time,
    ILogger<RatersGrain> log) : Grain, IRatersGrain
{
    private const int MostGold = 5000;
    private const string Rule = "rule";
    private FeedbackWindow? _window;
    private (long Cursor, RaterFigures Figures)? _figures;

    private RatersState Decided => state.State;

    /// <inheritdoc/>
    public async Task<SelectedFeedback> SelectAsync(FeedbackSelection selection, CancellationToken cancellationToken = default)
    {
        var window = await CaughtUpAsync(cancellationToken);
        if (!selection.Weigh)
        {
            return StandingFeedback.Select(window.Newest, selection, Decided, feedback.Value);
        }

        var figures = await FiguresAsync(cancellationToken);
        if (options.Value.Quarantine == RaterOptions.Auto)
        {
            await QuarantineByRuleAsync(figures, cancellationToken);
        }

        var selected = StandingFeedback.Select(window.Newest, selection, Decided, feedback.Value);
        var raters = selected.Given.Select(given => RaterId.Of(given.Said)).Distinct();
        return selected with { Weights = raters.ToImmutableDictionary(rater => rater, figures.WeightOf) };
    }

    /// <inheritdoc/>
    public async Task<RaterPage> ListAsync(int most, string? after, CancellationToken cancellationToken = default)
    {
        var figures = await FiguresAsync(cancellationToken);
        var all = figures.Ids.Union(Decided.Quarantined.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var following = after is null ? all : all.Where(rater => string.CompareOrdinal(rater, after) > 0).ToList();
        return new RaterPage(
            [.. following.Take(most).Select(rater => figures.ReportOf(rater, QuarantineOf(rater))!)],
            following.Count > most,
            all.Count,
            figures.Agreement,
            figures.Method,
            figures.GoldItems,
            [figures.EarlierPreferred.Earlier, figures.EarlierPreferred.All],
            _window!.Cursor);
    }

    /// <inheritdoc/>
    public async Task<RaterReport?> GetAsync(string rater, CancellationToken cancellationToken = default) =>
        (await FiguresAsync(cancellationToken)).ReportOf(rater, QuarantineOf(rater));

    /// <inheritdoc/>
    public async Task<RaterReport> QuarantineAsync(string rater, string reason, string by, CancellationToken cancellationToken = default)
    {
        var figures = await FiguresAsync(cancellationToken);
        _ = figures.ReportOf(rater, QuarantineOf(rater)) ?? throw Unknown(rater);
        await PutAsync(rater, reason, by, figures, cancellationToken);
        return figures.ReportOf(rater, QuarantineOf(rater))!;
    }

    /// <inheritdoc/>
    public async Task<RaterReport> ReleaseAsync(string rater, CancellationToken cancellationToken = default)
    {
        var figures = await FiguresAsync(cancellationToken);
        var report = figures.ReportOf(rater, QuarantineOf(rater)) ?? throw Unknown(rater);
        await GrainFactory.GetGrain<IRaterGrain>(rater).QuarantineAsync(null, cancellationToken);
        if (Decided.Quarantined.Remove(rater))
        {
            await state.WriteStateAsync(cancellationToken);
        }

        return figures.ReportOf(rater, null) ?? report with { Quarantine = null };
    }

    /// <inheritdoc/>
    public Task<ImmutableSortedDictionary<string, Quarantine>> GetQuarantinedAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(Decided.Quarantined.ToImmutableSortedDictionary(StringComparer.Ordinal));

    /// <inheritdoc/>
    public async Task ForgetAsync(string rater, CancellationToken cancellationToken = default)
    {
        await CaughtUpAsync(cancellationToken); // what was erased leaves the stored window, too
        if (Decided.Quarantined.Remove(rater))
        {
            await state.WriteStateAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task AddGoldAsync(GoldQuestion question, CancellationToken cancellationToken = default)
    {
        if (Decided.Gold.Count >= MostGold && !Decided.Gold.ContainsKey(question.CompletionId))
        {
            throw new RefusedException(Refusal.Conflict, $"There are {MostGold:N0} gold questions already, which is as many as are kept; delete some first (DELETE /v1/gold/ID).");
        }

        Decided.Gold[question.CompletionId] = question.Up;
        await ChangeGoldAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveGoldAsync(string completionId, CancellationToken cancellationToken = default)
    {
        var removed = Decided.Gold.Remove(completionId);
        if (removed)
        {
            await ChangeGoldAsync(cancellationToken);
        }

        return removed;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<GoldQuestion>> GetGoldAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<ImmutableArray<GoldQuestion>>([.. Decided.Gold.Select(question => new GoldQuestion(question.Key, question.Value))]);

    /// <inheritdoc/>
    public async Task<GoldQuestion?> NextGoldAsync(string rater, CancellationToken cancellationToken = default)
    {
        var answered = (await CaughtUpAsync(cancellationToken)).Newest.Where(entry => entry.Rater == rater).Select(entry => entry.Place.Reply).ToHashSet();
        return Decided.Gold.Where(question => !answered.Contains(question.Key))
            .OrderBy(question => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{rater}\0{question.Key}"))), StringComparer.Ordinal)
            .Select(question => new GoldQuestion(question.Key, question.Value)).FirstOrDefault();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Cohort>> GetCohortsAsync(CancellationToken cancellationToken = default) =>
        Cohorts.Of((await CaughtUpAsync(cancellationToken)).Newest, Decided, feedback.Value);

    /// <inheritdoc/>
    public async Task<ImmutableHashSet<string>> RatedAmongAsync(ImmutableArray<string> completionIds, CancellationToken cancellationToken = default) =>
        [.. StandingFeedback.Of((await CaughtUpAsync(cancellationToken)).Newest).Standing.Select(entry => entry.Place.Reply).Intersect(completionIds, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public async Task<RebuiltProjection> RebuildAsync(CancellationToken cancellationToken = default)
    {
        var window = Window();
        var mended = await window.RebuildAsync(cancellationToken);
        _figures = null;
        return new RebuiltProjection(window.Cursor, window.Count, mended);
    }

    private FeedbackWindow Window() => _window ??= new FeedbackWindow(ledger, new WindowSegments(store, this.GetPrimaryKeyString()), options.Value.Window);

    private async Task<FeedbackWindow> CaughtUpAsync(CancellationToken cancellationToken)
    {
        await Window().CatchUpAsync(cancellationToken);
        return Window();
    }

    /// <summary>The figures as of the ledger's end. They take seconds of computing where there is much feedback: not on the grain's scheduler.</summary>
    private async Task<RaterFigures> FiguresAsync(CancellationToken cancellationToken)
    {
        var window = await CaughtUpAsync(cancellationToken);
        if (_figures is not { } known || known.Cursor != window.Cursor)
        {
            var (newest, gold) = (window.Newest.ToList(), Decided.Gold.ToDictionary());
            known = (window.Cursor, await Task.Run(() => RaterFigures.Of(newest, gold, feedback.Value), cancellationToken));
            _figures = known;
        }

        return known.Figures;
    }

    private async Task QuarantineByRuleAsync(RaterFigures figures, CancellationToken cancellationToken)
    {
        foreach (var rater in figures.Ids.Where(rater => !Decided.Quarantined.ContainsKey(rater) && figures.IsToBeQuarantined(rater)))
        {
            var reason = figures.ReportOf(rater, null)!.Suspicions.First(suspicion => suspicion.Kind == "consensus").Evidence;
            await PutAsync(rater, reason, Rule, figures, cancellationToken);
            LogQuarantined(reason);
        }
    }

    private async Task PutAsync(string rater, string reason, string by, RaterFigures figures, CancellationToken cancellationToken)
    {
        Decided.Quarantined[rater] = QuarantineOf(rater) is { } before
            ? before with { Reason = reason, By = by }
            : new Quarantine(reason, by, time.GetUtcNow(), figures.FirstOf(rater));
        await state.WriteStateAsync(cancellationToken);
        await GrainFactory.GetGrain<IRaterGrain>(rater).QuarantineAsync(reason, cancellationToken);
    }

    private Quarantine? QuarantineOf(string rater) => Decided.Quarantined.GetValueOrDefault(rater);

    private async Task ChangeGoldAsync(CancellationToken cancellationToken)
    {
        await state.WriteStateAsync(cancellationToken);
        _figures = null;
    }

    private static RefusedException Unknown(string rater) =>
        new(Refusal.NotFound, $"Nobody knows the rater '{RaterId.NameIn(rater)}': there is no feedback of that name among the newest (Raters:Window).", "id");

    [LoggerMessage(Level = LogLevel.Warning, Message = "A rater was put into quarantine by rule (Raters:Quarantine=auto): {Reason}")]
    private partial void LogQuarantined(string reason);
}
