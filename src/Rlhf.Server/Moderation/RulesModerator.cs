using System.Text.RegularExpressions;
using Rlhf.Grains.Moderation;

namespace Rlhf.Server.Moderation;

/// <summary>Refuses what matches a rule. Of a reply that is still being drawn a match at its end says nothing yet, as long as it is held back: what comes next may make another word of it.</summary>
internal sealed class RulesModerator(IReadOnlyList<ModerationRule> rules, int holdBack) : IModerator
{
    public ValueTask<string?> RefusesAsync(string text, ModerationSide side, bool isWhole, CancellationToken cancellationToken) =>
        ValueTask.FromResult(rules.FirstOrDefault(rule => (rule.Side ?? side) == side && Holds(rule.Pattern, text, isWhole))?.Name);

    private bool Holds(Regex pattern, string text, bool isWhole)
    {
        for (var match = pattern.Match(text); match.Success; match = match.NextMatch())
        {
            if (isWhole || match.Index + match.Length < text.Length || match.Length >= holdBack)
            {
                return true;
            }
        }

        return false;
    }
}
