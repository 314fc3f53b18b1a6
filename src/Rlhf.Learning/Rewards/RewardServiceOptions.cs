using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Rlhf.Learning.Rewards;

/// <summary>A service that a component of the reward asks.</summary>
public abstract record RewardServiceOptions : IValidatableObject
{
    /// <summary>Where the service is.</summary>
    /// <value>The default value is <see langword="null"/>: it is not asked.</value>
    public Uri? Url { get; init; }

    /// <summary>The key that is sent as <c>Authorization: Bearer KEY</c>. It is not written down with the version.</summary>
    /// <value>The default value is <see langword="null"/>: none is sent.</value>
    [JsonIgnore]
    public string? Key { get; init; }

    /// <summary>How long one attempt may take.</summary>
    /// <value>The default value is 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = "Timeout must be from 00:00:00.100 to 01:00:00.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a question is asked again at once where the service is busy, breaks off, is slow, or answers what can't be read. After that the training
    /// waits (<c>Learner:RewardPatience</c>).</summary>
    /// <value>The default value is 4.</value>
    [Range(0, 100)]
    public int Retries { get; init; } = 4;

    /// <summary>The pause before the first retry; each later one is about twice as long, up to a minute.</summary>
    internal TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>By whose clock attempts and pauses are timed.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0))
            yield return new ValidationResult($"{GetType().Name.Replace("Options", "")}:Url must be an address that begins with http:// or https://, without a user or password, not '{(url.IsAbsoluteUri ? url.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped) : url)}'.", [nameof(Url)]);
    }
}
