using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What no canary may pass: beyond it is rolled back at once, whatever the test says.</summary>
public sealed class VersionLimits
{
    /// <summary>The most of the canary's conversations with feedback that may have a report.</summary>
    /// <value>The default value is 0.3.</value>
    [Range(0.0, 1.0)]
    public double Reports { get; set; } = 0.3;

    /// <summary>From how many conversations with feedback on <see cref="Reports"/> counts.</summary>
    /// <value>The default value is 10.</value>
    [Range(1, 1_000_000)]
    public int LeastConversations { get; set; } = 10;

    /// <summary>The most of the canary's replies that may break off with an error of the server's.</summary>
    /// <value>The default value is 0.05.</value>
    [Range(0.0, 1.0)]
    public double Errors { get; set; } = 0.05;

    /// <summary>How many times as long as the live version's the canary's first token may take, in the median.</summary>
    /// <value>The default value is 4.</value>
    [Range(1.5, 1000.0)]
    public double FirstToken { get; set; } = 4;

    /// <summary>From how many replies on <see cref="Errors"/> and <see cref="FirstToken"/> count, the latter of both versions.</summary>
    /// <value>The default value is 50.</value>
    [Range(1, 1_000_000)]
    public int LeastReplies { get; set; } = 50;

    /// <summary>What the canary is beyond, in words; null where it keeps all limits.</summary>
    internal string? Passed(CanaryEvidence said, VersionFigures canary, VersionFigures live)
    {
        var tally = said.Canary;
        if (tally.Conversations >= LeastConversations && tally.Reported > Reports * tally.Conversations)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{tally.Reported} of {tally.Conversations} conversations have a report; at most {Reports:0.##%} may (Versions:Limits:Reports)");
        }

        if (canary.Replies >= LeastReplies && canary.Failures > Errors * canary.Replies)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{canary.Failures} of {canary.Replies} replies broke off with an error; at most {Errors:0.##%} may (Versions:Limits:Errors)");
        }

        return canary.FirstTokens.Sum() >= LeastReplies && live.FirstTokens.Sum() >= LeastReplies
            && canary.MedianFirstToken is { } slow && live.MedianFirstToken is { } usual && slow > FirstToken * usual
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"its first token takes {slow.TotalMilliseconds:0} ms in the median, the live version's {usual.TotalMilliseconds:0} ms; at most {FirstToken:0.##} times as long is allowed (Versions:Limits:FirstToken)")
            : null;
    }
}
