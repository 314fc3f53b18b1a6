namespace Rlhf.Inference;

/// <summary>A stretch of a text, in UTF-16 units.</summary>
/// <param name="Start">Its first unit.</param>
/// <param name="End">The unit behind its last.</param>
internal readonly record struct TextRange(int Start, int End)
{
    public bool Meets(int start, int end) => Start < end && start < End;
}
