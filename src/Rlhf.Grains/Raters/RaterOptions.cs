using System.ComponentModel.DataAnnotations;

namespace Rlhf.Grains.Raters;

/// <summary>How raters are judged. Section <c>Raters</c> of the configuration.</summary>
public sealed class RaterOptions : IValidatableObject
{
    /// <summary>A rule puts suspects in quarantine.</summary>
    public const string Auto = "auto";

    /// <summary>Only an operator puts anybody in quarantine.</summary>
    public const string Manual = "manual";

    /// <summary>Who decides about quarantine: <c>manual</c>, or <c>auto</c>, which leaves a rater out before a training when an honest one would look as bad in one case of a thousand.</summary>
    /// <value>The default value is <c>manual</c>.</value>
    public string Quarantine { get; set; } = Manual;

    /// <summary>How many of the ledger's newest events raters and cohorts are judged by, and a training can learn from; two to three times Learner:MostThumbs, since some
    /// statements take the place of others. It bounds the memory: about 600 bytes an event.</summary>
    /// <value>The default value is 50,000.</value>
    [Range(1_000, 10_000_000)]
    public int Window { get; set; } = 50_000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Quarantine is not (Auto or Manual))
        {
            yield return new ValidationResult($"The field Quarantine must be {Auto} or {Manual}, not '{Quarantine}'.", [nameof(Quarantine)]);
        }
    }
}
