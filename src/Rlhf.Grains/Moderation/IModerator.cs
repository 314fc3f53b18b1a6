namespace Rlhf.Grains.Moderation;

/// <summary>Says what may not be asked or answered. All that a silo has are asked, in the order in which they were added.</summary>
public interface IModerator
{
    /// <summary>Looks at a text.</summary>
    /// <param name="text">The text; of a reply that is still being drawn, what there is of it.</param>
    /// <param name="side">Whose text it is.</param>
    /// <param name="isWhole">Whether nothing comes behind it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The rule or category that refuses it; null to let it through.</returns>
    /// <exception cref="ModeratorUnavailableException">It can't be said now.</exception>
    ValueTask<string?> RefusesAsync(string text, ModerationSide side, bool isWhole, CancellationToken cancellationToken);
}

/// <summary>Whose text is looked at.</summary>
public enum ModerationSide
{
    /// <summary>What a user says.</summary>
    Input,

    /// <summary>What the model answers.</summary>
    Output,
}
