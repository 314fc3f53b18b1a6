using System.ComponentModel.DataAnnotations;

namespace Rlhf.Grains.Moderation;

/// <summary>What a silo does where a moderator doesn't answer.</summary>
public enum WhenUnavailable
{
    /// <summary>Nothing is said that was not looked at: the request gets 503.</summary>
    Refuse,

    /// <summary>The text is let through.</summary>
    Allow,
}

/// <summary>What is looked at before and after a reply is drawn. Section <c>Moderation</c> of the configuration; the processes that serve go by it, and what concerns learning
/// those that learn.</summary>
public sealed class ModerationOptions : IValidatableObject
{
    /// <summary>A file of rules, one JSON object a line: <c>{"name", "pattern", "where"}</c>, the pattern a regular expression of .NET without what needs backtracking, where
    /// <c>input</c>, <c>output</c> or, as without it, <c>both</c>. It is read at the start.</summary>
    /// <value>The default value is <see langword="null"/>: no rules.</value>
    public string? Rules { get; set; }

    /// <summary>The address of a service that takes and answers what OpenAI's <c>/v1/moderations</c> does.</summary>
    /// <value>The default value is <see langword="null"/>: none is asked.</value>
    public Uri? Url { get; set; }

    /// <summary>The key that the service is sent.</summary>
    public string? Key { get; set; }

    /// <summary>The model that the service is to use; null leaves it to the service.</summary>
    public string? Model { get; set; }

    /// <summary>How long the service may take for one text, with all that is tried again.</summary>
    /// <value>The default value is 5 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00", ErrorMessage = "Timeout must be from 00:00:00.100 to 00:01:00.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What becomes of a text when the service doesn't answer.</summary>
    /// <value>The default value is <see cref="WhenUnavailable.Refuse"/>.</value>
    public WhenUnavailable WhenUnavailable { get; set; }

    /// <summary>How many characters of a reply are held back while it is drawn: no part of a match leaves that is no longer.</summary>
    /// <value>The default value is 128.</value>
    [Range(1, 1_000_000)]
    public int HoldBack { get; set; } = 128;

    /// <summary>Whether the learner takes refused requests as prompts, and thumbs on refused replies.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool Learn { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { } url && !(url.IsAbsoluteUri && url.Scheme is "http" or "https"))
        {
            yield return new ValidationResult($"Url must be an address such as https://api.openai.com/v1/moderations, not '{url}'.", [nameof(Url)]);
        }
    }
}
