namespace Rlhf.Inference;

/// <summary>The random numbers of one reply. Each depends on the seed and the token's place alone, so that whoever draws from the same
/// distributions draws the same reply, whatever runs beside it.</summary>
/// <param name="seed">The reply's seed.</param>
public readonly struct ReplyRandom(ulong seed)
{
    private readonly ulong _key = Mixed(seed);

    /// <summary>A number in [0, 1): SplitMix64 as a function of the place.</summary>
    /// <param name="index">The token's place in the reply, from 0.</param>
    public double Uniform(int index) => (Mixed(_key + ((ulong)index * 0x9E3779B97F4A7C15)) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mixed(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
