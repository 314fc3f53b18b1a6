using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Grains.Feedback;

/// <summary>Takes thumbs from elsewhere into the ledger. They have no conversation here, so no conversation's grain
/// is asked; an id that the ledger has already is not recorded again.</summary>
public sealed class FeedbackImport(IFeedbackLedger ledger, IGrainFactory grains, CatalogCache catalog, TimeProvider time)
{
    /// <summary>Records thumbs together: all of them or, on an error, none. Returns how many were new.</summary>
    public async Task<int> RecordAsync(IReadOnlyList<ImportedThumb> thumbs, CancellationToken cancellationToken)
    {
        FeedbackEvent[] events = [.. thumbs.Select(Event)];
        var results = await ledger.AppendAsync(events, cancellationToken);
        var recorded = 0;
        foreach (var (imported, result) in events.Zip(results))
        {
            if (!result.Duplicate)
            {
                FeedbackMeter.Recorded(imported);
                recorded++;
            }
        }

        if (recorded > 0)
        {
            await grains.Learner(catalog.Current.Model).FeedbackArrivedAsync(recorded);
        }

        return recorded;
    }

    private FeedbackEvent Event(ImportedThumb thumb) => new(
        $"import/{thumb.Id}",
        FeedbackKind.Thumbs,
        CompletionId: null,
        thumb.Rater,
        thumb.Up,
        Comment: null,
        Tags: [],
        Version: "",
        thumb.Group,
        thumb.Messages,
        thumb.Completion,
        Tokens: [],
        LogProbs: [],
        time.GetUtcNow());
}
