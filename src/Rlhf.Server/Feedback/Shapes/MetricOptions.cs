using System.ComponentModel.DataAnnotations;

namespace Rlhf.Server.Feedback.Shapes;

/// <summary>What the metrics of other tools say here. In the section <c>Feedback</c> of the configuration, beside the kinds of feedback.</summary>
public sealed class MetricOptions : IValidatableObject
{
    /// <summary>The metrics by name. They come before those that are known without.</summary>
    /// <value>The default value is empty.</value>
    public IDictionary<string, MetricMapping> Metrics { get; } = new Dictionary<string, MetricMapping>();

    /// <summary>Looks through the metrics.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Metrics.SelectMany(metric => metric.Value.Validate(metric.Key));
}

/// <summary>What a metric says.</summary>
public sealed class MetricMapping
{
    internal const string Thumbs = "thumbs";
    internal const string Accepted = "accepted";
    internal const string Rating = "rating";
    internal const string Labels = "labels";
    internal const string Correction = "correction";
    internal const string Report = "report";
    internal const string Comment = "comment";
    internal const string Signal = "signal";
    private static readonly string[] Kinds = [Thumbs, Accepted, Rating, Labels, Correction, Report, Comment, Signal];
    private static readonly string[] Scaled = [Thumbs, Accepted, Rating, Labels];

    /// <summary>The kind of feedback: <c>thumbs</c>, <c>accepted</c>, <c>rating</c>, <c>labels</c>, <c>correction</c>, <c>report</c>, <c>comment</c> or <c>signal</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>For <c>labels</c>: the question, one of <c>Feedback:Labels</c>; for <c>signal</c>: the signal's name. The metric's own name where it is missing.</summary>
    public string? Name { get; set; }

    /// <summary>The worst value of a number; with <see cref="Max"/>. A rating is scaled to 1 to 5, a thumb is up above the middle.</summary>
    public double? Min { get; set; }

    /// <summary>The best value of a number; below <see cref="Min"/> where less is better.</summary>
    public double? Max { get; set; }

    internal IEnumerable<ValidationResult> Validate(string metric)
    {
        if (!Kinds.Contains(Kind))
        {
            yield return new ValidationResult($"Metrics:{metric}:Kind must be one of {string.Join(", ", Kinds)}, not '{Kind}'.", [nameof(MetricOptions.Metrics)]);
        }

        if (Min is null != Max is null || (Min is { } least && (Max == least || !double.IsFinite(least) || !double.IsFinite(Max!.Value))))
        {
            yield return new ValidationResult($"Metrics:{metric}:Min and :Max must be two numbers that differ, or neither be there; they are {Min} and {Max}.", [nameof(MetricOptions.Metrics)]);
        }
        else if (Min is not null && !Scaled.Contains(Kind))
        {
            yield return new ValidationResult($"Metrics:{metric}:Min and :Max are for {string.Join(", ", Scaled)}, not for '{Kind}'.", [nameof(MetricOptions.Metrics)]);
        }
    }
}
