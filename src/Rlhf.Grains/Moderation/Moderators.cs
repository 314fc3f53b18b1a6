using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;

namespace Rlhf.Grains.Moderation;

/// <summary>Has everything looked at that is asked and answered here.</summary>
public sealed partial class Moderators(IEnumerable<IModerator> moderators, IOptions<ModerationOptions> options, ILogger<Moderators> log)
{
    /// <summary>Why a reply ended that was refused or cut, in OpenAI's word.</summary>
    public const string ContentFilter = "content_filter";

    private readonly IModerator[] _all = [.. moderators];

    /// <summary>Draws a reply unless its request is refused: then it is empty and ends at once.</summary>
    /// <param name="messages">The request's messages. All that users and tools say in them is looked at: a client may bring replies that nobody drew, with text before them that nobody looked at.</param>
    /// <param name="draw">Draws.</param>
    /// <param name="stops">The texts that end the reply: its tokens may be as far ahead of its text.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async IAsyncEnumerable<DecodedPiece> DrawAsync(
        IReadOnlyList<ChatMessage> messages, Func<IAsyncEnumerable<DecodedPiece>> draw, IReadOnlyList<string> stops, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_all.Length > 0 && await JudgeAsync(SaidIn(messages), ModerationSide.Input, isWhole: true, cancellationToken) is { } rule)
        {
            yield return new DecodedPiece("", "", [], 0, ContentFilter) { Filtered = rule };
            yield break;
        }

        var drawn = draw();
        var ahead = stops.Count == 0 ? 0 : stops.Max(stop => stop.Length);
        await foreach (var piece in (_all.Length == 0 ? drawn : new ModeratedReply(this, options.Value.HoldBack + ahead).LetThroughAsync(drawn, cancellationToken)).WithCancellation(cancellationToken))
        {
            yield return piece;
        }
    }

    /// <summary>The rule or category that refuses a text; null where none does.</summary>
    /// <exception cref="RefusedException">A moderator doesn't answer, and nothing may be said without.</exception>
    internal async ValueTask<string?> JudgeAsync(string text, ModerationSide side, bool isWhole, CancellationToken cancellationToken)
    {
        // JSON that is answered, or that tools are called with, is read by whoever decodes it.
        return await RefusalAsync(text, side, isWhole, cancellationToken)
            ?? (side == ModerationSide.Output && Decoded(text) is { } decoded ? await RefusalAsync(decoded, side, isWhole, cancellationToken) : null);
    }

    private async ValueTask<string?> RefusalAsync(string text, ModerationSide side, bool isWhole, CancellationToken cancellationToken)
    {
        foreach (var moderator in text.Length == 0 ? [] : _all)
        {
            try
            {
                if (await moderator.RefusesAsync(text, side, isWhole, cancellationToken) is { } rule)
                {
                    ModerationMeter.Refused(rule, side);
                    return rule;
                }
            }
            catch (ModeratorUnavailableException error)
            {
                ModerationMeter.Unanswered(side);
                LogUnanswered(error.Message);
                if (options.Value.WhenUnavailable == WhenUnavailable.Refuse)
                {
                    throw new RefusedException(Refusal.NotModerated, "What is said here is moderated, and the service that does it doesn't answer; try again.", retryAfter: TimeSpan.FromSeconds(5));
                }
            }
        }

        return null;
    }

    /// <summary>A text with the escapes of JSON's strings decoded; null where it has none. An escape that is cut off at the end stays as it is, and half of a
    /// surrogate pair becomes U+FFFD.</summary>
    private static string? Decoded(string text) =>
        text.Contains('\\') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Escape().Replace(text, Unescape))) : null;

    private static string Unescape(Match escape) => escape.Value[1] switch
    {
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'b' => "\b",
        'f' => "\f",
        'u' => ((char)int.Parse(escape.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
        var itself => itself.ToString(),
    };

    [GeneratedRegex("""\\(u[0-9A-Fa-f]{4}|[nrtbf"/\\])""")]
    private static partial Regex Escape();

    private static string SaidIn(IReadOnlyList<ChatMessage> messages) =>
        string.Join("\n\n", messages.Where(message => message.Role is not ("system" or "assistant" or ChatMessage.Tools)).Select(message => message.Content));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Moderation doesn't answer: {Reason}")]
    private partial void LogUnanswered(string reason);
}
