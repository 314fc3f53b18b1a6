using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Rlhf.Contracts;

/// <summary>The id that clients know a turn by: <c>chatcmpl-{conversation}-{number}</c>.</summary>
public static class CompletionId
{
    private const string Prefix = "chatcmpl-";

    /// <summary>The id of a turn.</summary>
    /// <param name="conversationId">The turn's conversation.</param>
    /// <param name="number">The turn's number in it, counted from 1.</param>
    /// <returns>The id.</returns>
    public static string Of(string conversationId, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{conversationId}-{number}");

    /// <summary>Takes an id apart. Conversation ids may hold dashes themselves: the number is what follows the last one.</summary>
    /// <param name="completionId">The id as a client sent it.</param>
    /// <param name="conversationId">The turn's conversation.</param>
    /// <param name="number">The turn's number in it.</param>
    /// <returns>Whether it has the form of an id; the turn itself may still not exist.</returns>
    public static bool TryParse(
        [NotNullWhen(true)] string? completionId, [NotNullWhen(true)] out string? conversationId, out int number)
    {
        conversationId = null;
        number = 0;
        if (completionId is null || !completionId.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var dash = completionId.LastIndexOf('-');
        var digits = completionId.AsSpan(dash + 1);

        // A leading zero would give one turn two ids, and feedback on it could be counted twice.
        if (dash <= Prefix.Length || digits.IsEmpty || digits[0] == '0'
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        conversationId = completionId[Prefix.Length..dash];
        return true;
    }
}
