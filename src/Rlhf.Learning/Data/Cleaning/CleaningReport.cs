namespace Rlhf.Learning.Data.Cleaning;

/// <summary>Why a dialogue was dropped; the names are those of the report.</summary>
public enum DropReason
{
    /// <summary>The line is no dialogue.</summary>
    Malformed,

    /// <summary>Characters are lost: U+FFFD or half of a surrogate pair.</summary>
    BrokenEncoding,

    /// <summary>A message says nothing.</summary>
    EmptyMessage,

    /// <summary>Too few messages or characters.</summary>
    TooShort,

    /// <summary>Too many characters, or a line of too many bytes.</summary>
    TooLong,

    /// <summary>In a language that is not wanted.</summary>
    Language,

    /// <summary>Says the same, word for word, as one that is kept.</summary>
    ExactDuplicate,

    /// <summary>Says nearly the same as one that is kept.</summary>
    NearDuplicate,

    /// <summary>A training dialogue that says nearly the same as a held-out one.</summary>
    HeldOutDuplicate,
}

/// <summary>A dropped dialogue.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Id">Its id; null where the line has none.</param>
/// <param name="Detail">What is wrong in words, or which dialogue it repeats.</param>
/// <param name="Text">The beginning of what it says, personal data masked.</param>
public sealed record DroppedSample(string Place, string? Id, string Detail, string Text);

/// <summary>A text that was changed.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Text">The beginning of what became of it: what was masked is not shown.</param>
public sealed record ChangedSample(string Place, string Text);

/// <summary>What a cleaning read, kept, changed and dropped, with samples.</summary>
public sealed class CleaningReport
{
    /// <summary>Samples of each kind.</summary>
    public const int MostSamples = 3;
    private const int SampleLength = 160;

    private readonly SortedDictionary<DropReason, (long Count, List<DroppedSample> Samples)> _dropped = [];
    private readonly SortedDictionary<string, (long Count, List<ChangedSample> Samples)> _changed = new(StringComparer.Ordinal);

    /// <summary>Lines read, empty ones left out.</summary>
    public long Read { get; private set; }

    /// <summary>Dialogues kept to train on.</summary>
    public long KeptTraining { get; private set; }

    /// <summary>Dialogues kept that are held out.</summary>
    public long KeptHeldOut { get; private set; }

    /// <summary>Dialogues kept.</summary>
    public long Kept => KeptTraining + KeptHeldOut;

    /// <summary>Held-out dialogues that the window had no room for: a training dialogue may repeat one of them.</summary>
    public long HeldOutForgotten { get; internal set; }

    /// <summary>Kept dialogues that left the window: a later one may repeat them.</summary>
    public long Forgotten { get; internal set; }

    /// <summary>What was dropped, by reason.</summary>
    public IReadOnlyDictionary<DropReason, (long Count, List<DroppedSample> Samples)> Dropped => _dropped;

    /// <summary>Messages changed, by what was done: <c>encoding</c>, <c>normalised</c>, and the kinds of <see cref="PersonalData"/>.</summary>
    public IReadOnlyDictionary<string, (long Count, List<ChangedSample> Samples)> Changed => _changed;

    internal void CountLine() => Read++;

    internal void Keep(bool heldOut)
    {
        if (heldOut)
            KeptHeldOut++;
        else
            KeptTraining++;
    }

    internal void Drop(DropReason reason, string place, string? id, string detail, string text)
    {
        var (count, samples) = _dropped.TryGetValue(reason, out var known) ? known : (0, []);
        if (samples.Count < MostSamples)
            samples.Add(new DroppedSample(place, id, detail, Start(text)));
        _dropped[reason] = (count + 1, samples);
    }

    internal void Change(string kind, string place, string text)
    {
        var (count, samples) = _changed.TryGetValue(kind, out var known) ? known : (0, []);
        if (samples.Count < MostSamples)
            samples.Add(new ChangedSample(place, Start(text)));
        _changed[kind] = (count + 1, samples);
    }

    private static string Start(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        if (line.Length <= SampleLength)
            return line;
        return line[..(char.IsHighSurrogate(line[SampleLength - 1]) ? SampleLength - 1 : SampleLength)] + " …";
    }
}
