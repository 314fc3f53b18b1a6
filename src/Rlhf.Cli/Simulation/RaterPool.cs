using System.Globalization;
using Rlhf.Inference;

namespace Rlhf.Cli.Simulation;

/// <summary>Raters of one taste: up for what is better than the base model's median reply, and sometimes a slip of the finger.</summary>
/// <param name="taste">What they like.</param>
/// <param name="threshold">The gold reward that a reply must exceed.</param>
/// <param name="noise">The probability of pressing the other thumb.</param>
/// <param name="raters">How many they are.</param>
/// <param name="seed">Decides who is asked and who slips.</param>
/// <param name="starThresholds">The gold rewards that a reply must exceed for each star beyond the first, ascending.</param>
internal sealed class RaterPool(Taste taste, double threshold, double noise, int raters, ulong seed, IReadOnlyList<double>? starThresholds = null)
{
    /// <summary>Who opens the chat of this number.</summary>
    public string Rater(int chat) =>
        string.Create(CultureInfo.InvariantCulture, $"rater-{SeededRandom.For(seed, "rater", chat).Next(raters) + 1:00}");

    /// <summary>The thumb that the rater of this chat presses.</summary>
    public bool Up(int chat, string reply)
    {
        var honest = Likes(reply);
        return Slips(chat) ? !honest : honest;
    }

    /// <summary>Whether the reply is better than the base model's median one.</summary>
    public bool Likes(string reply) => taste.Gold(reply) > threshold;

    /// <summary>The stars that the rater of this chat gives: 1 to one more than there are thresholds.</summary>
    public int Stars(int chat, string reply)
    {
        double[] thresholds = [.. starThresholds ?? [threshold]];
        var gold = taste.Gold(reply);
        var stars = 1 + thresholds.Count(least => gold > least);
        return Slips(chat) ? thresholds.Length + 2 - stars : stars;
    }

    /// <summary>Whether the rater of this chat says the opposite.</summary>
    public bool Slips(int chat) => SeededRandom.For(seed, "noise", chat).NextDouble() < noise;

    /// <summary>What cuts the values into so many parts of like many.</summary>
    public static IReadOnlyList<double> Cuts(IReadOnlyList<double> values, int parts)
    {
        var sorted = values.Order().ToArray();
        return [.. Enumerable.Range(1, parts - 1).Select(part => sorted[part * sorted.Length / parts])];
    }

    /// <summary>The middle of the values; of an even number, the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
