namespace Rlhf.Inference;

/// <summary>How a vocabulary writes text: which symbols a piece consists of before any merge, and which bytes an entry stands for.</summary>
internal abstract class Symbols
{
    /// <summary>The ids of a piece's symbols.</summary>
    public abstract int[] Of(ReadOnlySpan<char> piece);

    /// <summary>A whole piece as the vocabulary would write it.</summary>
    public abstract string Entry(ReadOnlySpan<char> piece);
}
