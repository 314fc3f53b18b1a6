using System.Text.RegularExpressions;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.RewardModel;

/// <summary>
/// What of a reply can be counted: its words, and how they agree with what the user asked for and with what the tools had answered.
/// Each view is a set of hashed features, ascending: words in the first half of their range, agreement in the second.
/// </summary>
/// <param name="Words">Words and word pairs of the reply; each word again as an echo of the user's or as new.</param>
/// <param name="LeftOut">What the user has said and the reply leaves out, on its own and by what the reply does.</param>
/// <param name="Invented">What neither user nor tools have said, by what the reply does.</param>
/// <param name="Counts">How much is left out, how much invented, and how many turns came before, by what the reply does.</param>
public sealed record ReplyViews(int[] Words, int[] LeftOut, int[] Invented, int[] Counts)
{
    private const int LongestNGram = 2;
    private const int MostCounted = 12;
    private const int MostTurns = 20;

    // A reply that holds a JSON object does what the object's first property names: a tool call's function.
    private static readonly Regex Call = new("""\{\s*"(\w*)"\s*:""", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>All features in one ascending set.</summary>
    public int[] All { get; } = [.. Words.Concat(LeftOut).Concat(Invented).Concat(Counts).Distinct().Order()];

    /// <summary>The views as one list.</summary>
    internal IReadOnlyList<int[]> Each => [Words, LeftOut, Invented, Counts];

    /// <summary>Looks at a reply.</summary>
    /// <param name="context">The conversation before it.</param>
    /// <param name="reply">The reply.</param>
    /// <param name="buckets">How many words there are to hash into, and as many features of agreement.</param>
    public static ReplyViews Of(IReadOnlyList<DialogueMessage> context, string reply, int buckets)
    {
        string[] users = [.. context.Where(message => message.Role == "user").Select(message => message.Content)];
        var said = users.SelectMany(NGrams.Words).ToHashSet(StringComparer.Ordinal);
        var asked = users.TakeLast(1).SelectMany(NGrams.Words).ToHashSet(StringComparer.Ordinal);
        var known = context.Where(message => message.Role == "tool").SelectMany(message => NGrams.Words(message.Content)).ToHashSet(StringComparer.Ordinal);
        known.UnionWith(said);
        var own = NGrams.Words(reply).ToHashSet(StringComparer.Ordinal);
        var does = Call.Match(reply) is { Success: true } call ? "call " + call.Groups[1].Value : "text";
        string[] leftOut = [.. said.Except(own)];
        string[] invented = [.. own.Except(known)];

        return new ReplyViews(
            [.. own.Select(word => NGrams.Bucket(said.Contains(word) ? "echo" : "new", word, buckets)).Concat(NGrams.Of(reply, "reply", LongestNGram, buckets)).Distinct().Order()],
            Agreement([.. leftOut.Select(word => ("left out", word)), .. leftOut.Select(word => ("left out by " + does, word))]),
            Agreement([.. invented.Select(word => ("invented by " + does, word))]),
            Agreement([
                .. UpTo(asked.Except(own).Count(IsWord), MostCounted, "words left out by " + does),
                .. UpTo(invented.Count(IsWord), MostCounted, "words invented by " + does),
                .. UpTo(context.Count, MostTurns, "turns before " + does)]));

        int[] Agreement((string Field, string Feature)[] features) =>
            [.. features.Select(f => buckets + NGrams.Bucket(f.Field, f.Feature, buckets)).Distinct().Order()];
    }

    // One feature for each number it reaches, so that near counts are alike.
    private static IEnumerable<(string, string)> UpTo(int count, int most, string field) =>
        Enumerable.Range(0, Math.Min(count, most) + 1).Select(reached => (field, reached.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private static bool IsWord(string word) => char.IsLetterOrDigit(word[0]);
}
