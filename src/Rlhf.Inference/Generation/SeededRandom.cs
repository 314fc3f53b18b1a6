namespace Rlhf.Inference;

/// <summary>
/// Random numbers named by seed and purpose: a stage that starts anew from a checkpoint draws what it would have drawn without
/// the interruption, because nothing depends on what was drawn before it.
/// </summary>
public static class SeededRandom
{
    /// <summary>A generator for one purpose and, where there are many of it, one index.</summary>
    public static Random For(ulong seed, string purpose, int index = 0)
    {
        var hash = Hash(seed + (ulong)index, purpose);
        return new Random((int)(hash ^ (hash >> 32)));
    }

    /// <summary>FNV-1a of <paramref name="text"/>, started from the seed and mixed by SplitMix64's finaliser; the same on every machine.</summary>
    public static ulong Hash(ulong seed, string text)
    {
        var hash = 14695981039346656037UL ^ Mix(seed);
        foreach (var c in text)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return Mix(hash);
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
