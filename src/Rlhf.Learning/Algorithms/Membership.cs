using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>Which of the tokens of a flat list are whose.</summary>
internal static class Membership
{
    /// <summary>(B, N), 1 where a token is a reply's: times a number for each token it gives each reply's sum.</summary>
    /// <param name="lengths">Tokens of each of the B replies, which lie one after another.</param>
    /// <param name="device">Where the matrix is to lie.</param>
    public static Tensor Of(IReadOnlyList<int> lengths, Device device)
    {
        var count = lengths.Sum();
        var members = new float[lengths.Count * count];
        var at = 0;
        for (var b = 0; b < lengths.Count; b++)
        {
            members.AsSpan((b * count) + at, lengths[b]).Fill(1);
            at += lengths[b];
        }

        return tensor(members, [lengths.Count, count], device: device);
    }
}
