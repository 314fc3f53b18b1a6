using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Grains.Feedback;

/// <summary>Takes feedback from elsewhere into the ledger. It has no conversation here, so no conversation's grain
/// is asked; an id that the ledger has already is not recorded again.</summary>
public sealed class FeedbackImport(IFeedbackLedger ledger, IGrainFactory grains, CatalogCache catalog, TimeProvider time)
{
    /// <summary>Records it together: all of them or, on an error, none. Returns how many were new.</summary>
    public async Task<int> RecordAsync(IReadOnlyList<ImportedFeedback> given, CancellationToken cancellationToken)
    {
        FeedbackEvent[] events = [.. given.Select(one => one.ToEvent(time.GetUtcNow()))];
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
}
