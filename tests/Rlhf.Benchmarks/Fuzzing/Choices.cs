namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>Random choices.</summary>
internal static class Choices
{
    /// <summary>Choices that a seed and a number decide. Seeds near one another begin alike with <see cref="Random"/>: they are mixed before.</summary>
    public static Random Of(int seed, int number)
    {
        var mixed = unchecked((((ulong)(uint)seed << 32) | (uint)number) + 0x9E3779B97F4A7C15UL);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL);
        return new Random((int)((mixed ^ (mixed >> 31)) & int.MaxValue));
    }

    public static T Any<T>(this Random random, IReadOnlyList<T> some) => some[random.Next(some.Count)];

    public static bool Chance(this Random random, double share) => random.NextDouble() < share;
}
