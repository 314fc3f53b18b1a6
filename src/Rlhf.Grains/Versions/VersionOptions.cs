using System.ComponentModel.DataAnnotations;

namespace Rlhf.Grains.Versions;

/// <summary>How conversations are shared out among versions.</summary>
public enum ShareAllocation
{
    /// <summary>A canary has its configured share, the live version the rest.</summary>
    Fixed,

    /// <summary>By Thompson sampling among the live version, the canary and the version that was live before: a better one gets more, each at least 5 %.</summary>
    Thompson,
}

/// <summary>How new versions come to serve. Section <c>Versions</c> of the configuration.</summary>
public sealed class VersionOptions : IValidatableObject
{
    /// <summary>Whether a new version is a canary first. Without, it is live for everybody as soon as it has passed the gate: for an installation
    /// whose few conversations would not decide a canary.</summary>
    /// <value>The default value is true.</value>
    public bool Canary { get; set; } = true;

    /// <summary>The part of the conversations that a canary answers. 1 does as <see cref="Canary"/> false does.</summary>
    /// <value>The default value is 0.1.</value>
    [Range(0.001, 1)]
    public double CanaryShare { get; set; } = 0.1;

    /// <summary>How long a canary may stay undecided; then it retires.</summary>
    /// <value>The default value is 7 days.</value>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan CanaryPatience { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How many conversations with feedback a canary may have and stay undecided; then it retires.</summary>
    /// <value>The default value is 5,000.</value>
    [Range(10, 10_000_000)]
    public int CanaryConversations { get; set; } = 5_000;

    /// <summary>The probability that a canary as good as the live version is ever promoted or rolled back by the test.</summary>
    /// <value>The default value is 0.05.</value>
    [Range(0.0001, 0.5)]
    public double CanaryAlpha { get; set; } = 0.05;

    /// <summary>How often it is looked whether a canary is decided.</summary>
    /// <value>The default value is 5 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan DecideEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What is rolled back at once.</summary>
    public VersionLimits Limits { get; set; } = new();

    /// <summary>How the conversations are shared out among versions.</summary>
    /// <value>The default value is <see cref="ShareAllocation.Fixed"/>.</value>
    public ShareAllocation Allocation { get; set; }

    /// <summary>How many retired versions still answer who asks for them by name; the base always does.</summary>
    /// <value>The default value is 8.</value>
    [Range(0, 1000)]
    public int KeepRetired { get; set; } = 8;

    /// <summary>How often each silo renews its subscription to the catalogue, which is also how long it may miss a change.</summary>
    /// <value>The default value is half a second.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RefreshEvery { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Looks through the limits.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var wrong = new List<ValidationResult>();
        Validator.TryValidateObject(Limits, new ValidationContext(Limits), wrong, validateAllProperties: true);
        return wrong.Select(one => new ValidationResult($"Limits: {one.ErrorMessage}", [nameof(Limits)]));
    }

    /// <summary>Whether a version that passed the gate is live at once.</summary>
    internal bool GoesStraightToLive => !Canary || CanaryShare >= 1;

    /// <summary>The share of a canary where there is one all the same.</summary>
    internal double ShareOfCanary => CanaryShare < 1 ? CanaryShare : 0.1;
}
