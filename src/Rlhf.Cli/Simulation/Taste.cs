using System.Text.RegularExpressions;

namespace Rlhf.Cli.Simulation;

/// <summary>A hidden taste: what simulated raters like. Nothing in the server ever sees it.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Features">What is liked and disliked in a reply's text.</param>
/// <param name="Length">The length that is liked, or null where it does not matter.</param>
internal sealed record Taste(string Name, IReadOnlyList<TasteFeature> Features, TasteLength? Length)
{
    /// <summary>The gold reward of a reply: the weights of the patterns that match it, and how near its length is to the best.</summary>
    /// <exception cref="CommandException">A pattern took longer than <see cref="TasteFeature.Patience"/>.</exception>
    public double Gold(string reply)
    {
        try
        {
            return Features.Sum(f => f.Pattern.IsMatch(reply) ? f.Weight : 0) + (Length?.Score(Words(reply)) ?? 0);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new CommandException(
                $"The pattern '{e.Pattern}' of the taste '{Name}' took longer than {e.MatchTimeout.TotalSeconds:0} s on a reply of {reply.Length} characters; write it without nested repetition.");
        }
    }

    /// <summary>Words are what white space separates.</summary>
    public static int Words(string reply) => reply.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}

/// <summary>A pattern and what a reply earns by matching it, once, however often it matches.</summary>
internal sealed record TasteFeature(Regex Pattern, double Weight)
{
    /// <summary>Tastes come from users: a pattern that backtracks for ever must not stop the simulation.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    public static TasteFeature Of(string pattern, double weight) =>
        new(new Regex(pattern, RegexOptions.CultureInvariant, Patience), weight);
}

/// <summary>A liking for a length.</summary>
/// <param name="BestWords">The length that is liked best; above 0.</param>
/// <param name="Weight">What the best length earns; an empty reply earns nothing, one of twice the length neither, a longer one loses.</param>
internal sealed record TasteLength(double BestWords, double Weight)
{
    public double Score(int words) => Weight * Math.Max(-1, 1 - (Math.Abs(words - BestWords) / BestWords));
}
