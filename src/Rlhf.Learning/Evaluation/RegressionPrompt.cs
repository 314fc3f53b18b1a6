using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Rlhf.Inference;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Evaluation;

/// <summary>A prompt of the operator's own whose reply no version may get worse at.</summary>
/// <param name="Name">What a verdict calls it: its own name, or its line in the file. Prompts and replies are told to nobody.</param>
/// <param name="Context">The conversation; the assistant speaks next.</param>
/// <param name="Must">What a reply must match.</param>
/// <param name="MustNot">What a reply must not match.</param>
public sealed record RegressionPrompt(
    string Name, IReadOnlyList<DialogueMessage> Context, IReadOnlyList<Regex> Must, IReadOnlyList<Regex> MustNot)
{
    // An expression that backtracks for ever must not hold up a training.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // A check under a misspelt name would be no check.
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    private sealed record Line(
        string? Name, List<MessageLine?>? Messages, List<string?>? Must, [property: JsonPropertyName("must_not")] List<string?>? MustNot);

    /// <summary>Reads a file of them, one JSON object <c>{name?, messages:[{role, content}], must?:[regex], must_not?:[regex]}</c> a line, with
    /// one expression at least.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no such object; the message names file and line.</exception>
    public static IEnumerable<RegressionPrompt> Read(string path) =>
        JsonLines.Read<Line>(path, "regression prompts", "a JSON object with 'messages' and 'must' or 'must_not'").Select(read => Checked(read.Line, read.Place));

    /// <summary>Whether a check that one reply passes is failed by another.</summary>
    /// <param name="before">The reply of the live version.</param>
    /// <param name="after">The reply of the candidate.</param>
    public bool IsWorse(string before, string after) =>
        Must.Any(wanted => Matches(wanted, before) && !Matches(wanted, after)) || MustNot.Any(unwanted => !Matches(unwanted, before) && Matches(unwanted, after));

    // Who cannot tell in time whether a reply matches says no.
    private static bool Matches(Regex expression, string reply)
    {
        try
        {
            return expression.IsMatch(reply);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static RegressionPrompt Checked(Line line, string place)
    {
        if (line.Messages is not { Count: > 0 } messages)
            throw new InvalidDataException($"{place}: 'messages' is missing or empty.");
        var context = MessageLine.Checked(messages, place);
        if (context[^1].Role == "assistant")
            throw new InvalidDataException($"{place}: the last message is the assistant's; a prompt ends where the assistant is to speak.");
        var (must, mustNot) = (Expressions(line.Must, place), Expressions(line.MustNot, place));
        if (must.Length + mustNot.Length == 0)
            throw new InvalidDataException($"{place}: neither 'must' nor 'must_not' has a regular expression to check the reply by.");
        return new RegressionPrompt(line.Name ?? place, context, must, mustNot);
    }

    private static Regex[] Expressions(IReadOnlyList<string?>? patterns, string place)
    {
        try
        {
            return [.. (patterns ?? []).Select(pattern => new Regex(pattern!, RegexOptions.CultureInvariant, Patience))];
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{place}: {e.Message}", e);
        }
    }
}
