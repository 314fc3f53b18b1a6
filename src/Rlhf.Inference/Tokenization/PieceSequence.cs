namespace Rlhf.Inference;

/// <summary>One kind of cut after the other, each within the pieces of the one before; without any, the whole text is one piece.</summary>
internal sealed class PieceSequence(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    /// <summary>Leaves a text whole.</summary>
    public static PieceSequence Whole { get; } = new([]);

    public override void Split(string text, List<int> ends)
    {
        if (text.Length > 0)
            Split(text, 0, 0, ends);
    }

    private void Split(string text, int offset, int part, List<int> ends)
    {
        if (part == parts.Count)
        {
            ends.Add(offset + text.Length);
            return;
        }

        var own = new List<int>();
        parts[part].Split(text, own);
        int start = 0;
        foreach (int end in own)
        {
            Split(text[start..end], offset + start, part + 1, ends);
            start = end;
        }
    }
}
