namespace Rlhf.Inference;

/// <summary>
/// Prompts that arrive together and begin alike, such as with one system prompt or as several replies to one question: the first computes
/// the beginning, the others wait for it and copy. They are not later for it, because the rows of a step they would have taken go to the first.
/// </summary>
internal sealed class SharedPrompts(KeyValueCaches caches, IReadOnlyList<Sequence> running)
{
    /// <summary>Lets a sequence wait for the one that knows, or will know, more of its prompt than it does.</summary>
    public void Join(Sequence sequence)
    {
        int most = sequence.Cached + KeyValueCaches.Least - 1;
        ReadOnlySpan<int> prompt = sequence.Prompt.Span[..^1];
        foreach (Sequence other in running)
        {
            // Whoever waits itself comes before: nobody waits in a circle.
            if (other == sequence)
                break;
            if (other.Version != sequence.Version)
                continue;
            int common = other.Known.Span.CommonPrefixLength(prompt);
            if (common > most)
                (most, sequence.Leader, sequence.Shared) = (common, other, common);
        }

        CatchUp(sequence);
    }

    /// <summary>Copies what a sequence waited for, once it is there.</summary>
    public void CatchUp(Sequence sequence)
    {
        if (sequence.Leader is not { } leader)
            return;
        if (leader.Cache is null)
        {
            // It left before it was so far; what it had computed was kept.
            sequence.Leader = null;
            caches.Fill(sequence);
            Join(sequence);
        }
        else if (leader.Cached >= sequence.Shared)
        {
            sequence.Leader = null;
            caches.Copy(leader.Cache, sequence, sequence.Shared);
        }
    }
}
