using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Grains.Webhooks;

/// <inheritdoc cref="IWebhookGrain"/>
/// <remarks>Two sources, each with a state and a timer of its own: a learner that does not answer must not hold the feedback back. The timers interleave, so that the grain tells how
/// far it is while an endpoint takes its time.</remarks>
public sealed partial class WebhookGrain(
    [PersistentState("feedback")] IPersistentState<WebhookState> feedback,
    [PersistentState("learner")] IPersistentState<WebhookState> learner,
    IFeedbackLedger ledger,
    IWebhookSender sender,
    CatalogCache catalog,
    IOptions<WebhookOptions> options,
    TimeProvider time,
    ILogger<WebhookGrain> log) : Grain, IWebhookGrain
{
    private static readonly TimeSpan LearnersPatience = TimeSpan.FromSeconds(5);
    private WebhookDelivery? _ofFeedback;
    private WebhookDelivery? _ofLearner;
    private bool _learnerAnswers = true;
    private bool _runs;

    private string Name => this.GetPrimaryKeyString()[(this.GetPrimaryKeyString().IndexOf(':', StringComparison.Ordinal) + 1)..];

    private ILearnerGrain Learner => GrainFactory.Learner(catalog.Current.Model);

    /// <inheritdoc/>
    public async Task WakeAsync(CancellationToken cancellationToken = default)
    {
        if (_runs || options.Value.Endpoints.FirstOrDefault(configured => configured.Key == Name) is not { } endpoint)
        {
            return;
        }

        _ofFeedback ??= new WebhookDelivery(feedback, endpoint, ReadLedgerAsync, ReadAgainAsync, sender, options.Value, time);
        _ofLearner ??= new WebhookDelivery(learner, endpoint, ReadOutcomesAsync, (told, _) => Task.FromResult<WebhookEvent?>(told), sender, options.Value, time);
        await _ofFeedback.BeginAsync(() => ledger.LastSequenceAsync(cancellationToken));
        await _ofFeedback.NotBeyondAsync(await ledger.LastSequenceAsync(cancellationToken));
        Start(_ofFeedback, _ => Task.CompletedTask);
        Start(_ofLearner, BeginWithLearnerAsync);
        _runs = true;
    }

    /// <inheritdoc/>
    public async Task<WebhookStatus> GetAsync(CancellationToken cancellationToken = default)
    {
        var nothing = new WebhookProgress(0, null, 0, 0, null, null);
        return new WebhookStatus(
            _ofFeedback?.Progress(await LastAsync(() => ledger.LastSequenceAsync(cancellationToken))) ?? nothing,
            _ofLearner?.Progress(_learnerAnswers ? await LastAsync(() => LastOutcomeAsync(cancellationToken)) : null) ?? nothing);
    }

    private void Start(WebhookDelivery delivery, Func<CancellationToken, Task> begin)
    {
        var goesOn = false;
        this.RegisterGrainTimer(
            async cancellationToken =>
            {
                if (goesOn)
                {
                    return;
                }

                goesOn = true;
                try
                {
                    await begin(cancellationToken);
                    await delivery.GoOnAsync(cancellationToken);
                }
                catch (InconsistentStateException)
                {
                    DeactivateOnIdle(); // it goes on in another process
                }
                catch (Exception error) when (!cancellationToken.IsCancellationRequested)
                {
                    delivery.Fail($"What is to be sent can't be read: {error.Message}");
                    LogUnreadable(error, Name);
                }
                finally
                {
                    goesOn = false;
                }
            },
            new GrainTimerCreationOptions(options.Value.Every, options.Value.Every) { Interleave = true, KeepAlive = true });
    }

    private async Task<IReadOnlyList<(long Number, IReadOnlyList<WebhookEvent> Events)>> ReadLedgerAsync(long after, int most, CancellationToken cancellationToken) =>
        [.. (await ledger.ReadAsync(after, cancellationToken).Take(most).ToListAsync(cancellationToken)).Select(entry => (entry.Sequence, (IReadOnlyList<WebhookEvent>)(WebhookEvent.Of(entry) is { } told ? [told] : [])))];

    private async Task<WebhookEvent?> ReadAgainAsync(WebhookEvent told, CancellationToken cancellationToken) =>
        await ledger.FindAsync(told.Feedback!.Sequence, cancellationToken) is { } entry ? WebhookEvent.Of(entry) : null;

    private async Task<IReadOnlyList<(long Number, IReadOnlyList<WebhookEvent> Events)>> ReadOutcomesAsync(long after, int most, CancellationToken cancellationToken) =>
        _learnerAnswers ? [.. (await OutcomesAsync(after, cancellationToken)).Take(most).Select(outcome => (outcome.Number, (IReadOnlyList<WebhookEvent>)[.. WebhookEvent.Of(outcome)]))] : [];

    /// <summary>Where no process with the role learner is up, there is nothing to tell of it.</summary>
    private async Task BeginWithLearnerAsync(CancellationToken cancellationToken)
    {
        try
        {
            var last = await LastOutcomeAsync(cancellationToken);
            _learnerAnswers = true;
            await _ofLearner!.BeginAsync(() => Task.FromResult(last));
            await _ofLearner.NotBeyondAsync(last);
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            _learnerAnswers = false;
        }
    }

    private async Task<long> LastOutcomeAsync(CancellationToken cancellationToken) => (await OutcomesAsync(after: null, cancellationToken)).LastOrDefault()?.Number ?? 0;

    private Task<IReadOnlyList<LearnerOutcome>> OutcomesAsync(long? after, CancellationToken cancellationToken) =>
        ReadAsync(Learner.GetOutcomesAsync(after, cancellationToken).WaitAsync(LearnersPatience, time, cancellationToken));

    private static async Task<IReadOnlyList<LearnerOutcome>> ReadAsync(Task<System.Collections.Immutable.ImmutableArray<LearnerOutcome>> outcomes) => await outcomes;

    private static async Task<long?> LastAsync(Func<Task<long>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception error) when (error is OrleansException or TimeoutException or StorageException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What webhook {Name} is to be told could not be read; trying again")]
    private partial void LogUnreadable(Exception error, string name);
}
