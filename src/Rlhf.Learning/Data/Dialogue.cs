using Rlhf.Inference;

namespace Rlhf.Learning.Data;

/// <summary>A conversation from a file.</summary>
/// <param name="Id">Its name; a part before a slash (<c>train/…</c>, <c>dev/…</c>, <c>test/…</c>) is the split it belongs to.</param>
/// <param name="Messages">Role and text of each message.</param>
public sealed record Dialogue(string Id, IReadOnlyList<DialogueMessage> Messages)
{
    private const int HeldOutShare = 20;

    /// <summary>
    /// Whether training must not see it: by its split (<c>dev/…</c> and <c>test/…</c>) where the id names one, otherwise one in twenty by
    /// a hash of the id, so that every run on every machine holds out the same ones.
    /// </summary>
    public bool HeldOut => Split switch
    {
        "train" => false,
        "dev" or "test" => true,
        _ => SeededRandom.Hash(0, Id) % HeldOutShare == 0,
    };

    /// <summary>The split that the id names, if it names one.</summary>
    public string? Split => Id.IndexOf('/') is var slash and > 0 ? Id[..slash] : null;
}
