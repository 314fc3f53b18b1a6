using System.ComponentModel.DataAnnotations;

namespace Rlhf.Grains.Retention;

/// <summary>How long things are kept. Section <c>Retention</c> of the configuration.</summary>
public sealed class RetentionOptions : IValidatableObject
{
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    /// <summary>A conversation's turns are deleted when nothing was said in it for this long.</summary>
    /// <value>The default value is <see langword="null"/>: they are kept for ever.</value>
    public TimeSpan? Turns { get; set; }

    /// <summary>Feedback is erased when it is this old.</summary>
    /// <value>The default value is <see langword="null"/>: it is kept for ever.</value>
    public TimeSpan? Feedback { get; set; }

    /// <summary>How often is looked for what is too old.</summary>
    /// <value>The default value is 1 hour.</value>
    public TimeSpan Every { get; set; } = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from setting in new[] { (Name: nameof(Turns), Time: Turns), (Name: nameof(Feedback), Time: Feedback), (Name: nameof(Every), Time: Every) }
        where setting.Time < Least
        select new ValidationResult($"The field {setting.Name} must be at least 00:01:00, not {setting.Time}.", [setting.Name]);
}
