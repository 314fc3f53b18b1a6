using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;

namespace Rlhf.Grains.Feedback;

/// <summary>Who may rate, how often, and what each kind of feedback counts. Section <c>Feedback</c> of the configuration.</summary>
public sealed class FeedbackOptions : IValidatableObject
{
    /// <summary>Pieces of feedback that one rater may give within a minute.</summary>
    /// <value>The default value is 600.</value>
    [Range(1, 1_000_000)]
    public int PerMinute { get; set; } = 600;

    /// <summary>Raters who may rate every conversation, whoever owns it; <c>*</c> lets anyone.</summary>
    /// <value>The default value is empty.</value>
    public IList<string> Annotators { get; } = [];

    /// <summary>The questions that <c>labels</c> answer, by name.</summary>
    /// <value>The default value is empty: no label is taken.</value>
    public IDictionary<string, LabelQuestion> Labels { get; } = new Dictionary<string, LabelQuestion>();

    /// <summary>How many thumbs down a report counts as; 0 leaves reports out of training.</summary>
    /// <value>The default value is 2.</value>
    [Range(0.0, 100.0)]
    public double ReportWeight { get; set; } = 2;

    /// <summary>What signals count.</summary>
    public SignalWeights Signals { get; set; } = new();

    /// <summary>Whether a rater may rate conversations of others.</summary>
    public bool IsAnnotator(string? rater) => rater is not null && (Annotators.Contains("*") || Annotators.Contains(rater));

    /// <summary>Whether something is learned from what an event says or takes back.</summary>
    public bool Trains(FeedbackEvent feedback) => feedback.Subject switch
    {
        FeedbackKind.Comment => false,
        FeedbackKind.Signal => Signals.Of(feedback.Content?.Signal) != 0,
        FeedbackKind.Report => ReportWeight != 0,
        _ => true,
    };

    /// <summary>How many more statements that train there are after an event than before.</summary>
    public int NetChange(FeedbackEvent feedback) => Trains(feedback) ? feedback.NetChange : 0;

    /// <summary>The answers as one score: the mean of the answers' scores by their questions' weights.</summary>
    /// <returns>0 to 1; null where none of the questions or answers is defined any more.</returns>
    public double? ScoreOf(IEnumerable<LabelAnswer> answers)
    {
        var (sum, weight) = (0.0, 0.0);
        foreach (var (question, answer) in answers)
        {
            if (Labels.TryGetValue(question, out var defined) && defined.Answers.TryGetValue(answer, out var score))
            {
                (sum, weight) = (sum + (defined.Weight * score), weight + defined.Weight);
            }
        }

        return weight > 0 ? sum / weight : null;
    }

    /// <summary>Looks through the questions and the signals.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, question) in Labels)
        {
            if (!Names.AreGood(name))
            {
                yield return new ValidationResult($"The name of the question '{name}' in Labels must be {Names.Rule}.", [nameof(Labels)]);
            }

            if (question is not { Weight: > 0 and <= 1000 })
            {
                yield return new ValidationResult($"Labels:{name}:Weight must be above 0 and at most 1000, not {question?.Weight}.", [nameof(Labels)]);
            }
            else if (question.Answers.Count < 2 || question.Answers.Values.Distinct().Count() < 2 || question.Answers.Values.Any(score => score is not (>= 0 and <= 1)))
            {
                yield return new ValidationResult($"Labels:{name}:Answers must be two answers or more with scores from 0 to 1, of which two differ; they are {string.Join(", ", question.Answers.Select(answer => $"{answer.Key} {answer.Value}"))}.", [nameof(Labels)]);
            }
        }

        foreach (var name in KindName.Signals.Where(name => Math.Abs(Signals.Of(name)) is not <= 10))
        {
            yield return new ValidationResult($"Signals:{name} must be from -10 to 10, not {Signals.Of(name)}.", [nameof(Signals)]);
        }
    }
}

/// <summary>A question that raters answer.</summary>
public sealed class LabelQuestion
{
    /// <summary>What it counts beside the other questions.</summary>
    /// <value>The default value is 1.</value>
    public double Weight { get; set; } = 1;

    /// <summary>The answers by name, each with its score: 0 for what is worst, 1 for what is best.</summary>
    public IDictionary<string, double> Answers { get; } = new Dictionary<string, double>();
}

/// <summary>How many thumbs each signal counts as: above 0 thumbs up, below 0 thumbs down. 0, the default, keeps it out of training.</summary>
public sealed class SignalWeights
{
    /// <summary>The user asked for another reply.</summary>
    public double Regenerated { get; set; }

    /// <summary>The user copied the reply.</summary>
    public double Copied { get; set; }

    /// <summary>The user edited the reply; multiplied by how much of it.</summary>
    public double Edited { get; set; }

    /// <summary>The user left.</summary>
    public double Abandoned { get; set; }

    /// <summary>A signal's weight; 0 for one that nobody knows.</summary>
    public double Of(string? name) => name switch
    {
        "regenerated" => Regenerated,
        "copied" => Copied,
        "edited" => Edited,
        "abandoned" => Abandoned,
        _ => 0,
    };
}
