using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Contracts;

namespace Rlhf.Grains.Raters;

/// <summary>Full segments of a model's window, each a state in the grain storage: made of the ledger alone, so that whoever writes one writes the same.</summary>
internal sealed class WindowSegments(IGrainStorage store, string model)
{
    /// <summary>How many entries of the ledger a segment is made of. Azure tables take 960 KiB.</summary>
    public const int Size = 100;

    /// <summary>How many are read side by side.</summary>
    public const int AtOnce = 16;

    private const string Name = "feedback-window";

    // Raised when what is kept of an entry changes: segments of before are made anew.
    private const int Format = 1;

    /// <summary>A segment; null where it is not stored, or by another program.</summary>
    public async Task<List<GivenFeedback>?> ReadAsync(long segment, CancellationToken cancellationToken) =>
        (await StoredAsync(segment, cancellationToken)) is { RecordExists: true, State: { Format: Format, Given: { } given } } ? given : null;

    /// <summary>Stores a segment, whatever was there.</summary>
    public async Task WriteAsync(long segment, List<GivenFeedback> given, CancellationToken cancellationToken)
    {
        var state = await StoredAsync(segment, cancellationToken);
        state.State = new Segment { Format = Format, Given = given };
        await store.WriteStateAsync(Name, GrainOf(segment), state).WaitAsync(cancellationToken);
    }

    /// <summary>Stores what an erasure leaves of a segment; what was there is gone from the disk first.</summary>
    public async Task EraseAsync(long segment, List<GivenFeedback> left, CancellationToken cancellationToken)
    {
        await ClearAsync(segment, cancellationToken);
        await WriteAsync(segment, left, cancellationToken);
    }

    /// <summary>Deletes a segment.</summary>
    public async Task ClearAsync(long segment, CancellationToken cancellationToken)
    {
        var state = await StoredAsync(segment, cancellationToken);
        if (state.RecordExists)
        {
            await store.ClearStateAsync(Name, GrainOf(segment), state).WaitAsync(cancellationToken);
        }
    }

    /// <summary>Whether two segments are stored as the same.</summary>
    public bool AreSame(List<GivenFeedback> one, List<GivenFeedback> other) => JsonSerializer.Serialize(one) == JsonSerializer.Serialize(other);

    private async Task<GrainState<Segment>> StoredAsync(long segment, CancellationToken cancellationToken)
    {
        var state = new GrainState<Segment>(new Segment());
        await store.ReadStateAsync(Name, GrainOf(segment), state).WaitAsync(cancellationToken);
        return state;
    }

    private GrainId GrainOf(long segment) => GrainId.Create("feedbackwindow", FormattableString.Invariant($"{model}~{segment}"));

    /// <summary>What is stored of a segment.</summary>
    public sealed class Segment
    {
        /// <summary>Which program's form it has.</summary>
        public int Format { get; set; }

        /// <summary>The entries.</summary>
        public List<GivenFeedback>? Given { get; set; }
    }
}
