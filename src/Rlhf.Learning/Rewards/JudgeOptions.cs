using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Rewards;

/// <summary>An AI judge: a model behind any address of OpenAI's shape, which judges replies by a written constitution. It is a component of the reward where
/// <see cref="Weight"/> is not 0, and labels served replies where <see cref="JudgeLabelOptions.Most"/> is not 0.</summary>
public sealed record JudgeOptions : RewardServiceOptions
{
    /// <summary>The judge's model, as its service calls it.</summary>
    public string? Model { get; init; }

    /// <summary>A text file that says what a good reply is. It is read at the start and anew for each training.</summary>
    /// <value>The default value is <see langword="null"/>: helpful, honest, harmless, brief.</value>
    public string? Constitution { get; init; }

    /// <summary>Whether each reply is scored alone, or compared with others to the same prompt.</summary>
    /// <value>The default value is <see cref="JudgeMode.Pointwise"/>.</value>
    [EnumDataType(typeof(JudgeMode))]
    public JudgeMode Mode { get; init; }

    /// <summary>What its scores, from -1 to 1, are multiplied by in the reward; 1 is one standard deviation of the learned reward model.</summary>
    /// <value>The default value is 0: it does not reward.</value>
    [Range(-1000.0, 1000.0)]
    public double Weight { get; init; }

    /// <summary>Questions that are asked at the same time.</summary>
    /// <value>The default value is 8.</value>
    [Range(1, 1024)]
    public int Concurrency { get; init; } = 8;

    /// <summary>The judge's sampling temperature.</summary>
    /// <value>The default value is 0; null leaves it to the service, as some models want.</value>
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; } = 0;

    /// <summary>The most tokens of an answer.</summary>
    /// <value>The default value is 512; 0 leaves it to the service.</value>
    [Range(0, 1_000_000)]
    public int MaxTokens { get; init; } = 512;

    /// <summary>Whether the answer's form is asked for by <c>response_format</c>. A service that refuses it is asked without, and the answer is read leniently.</summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public bool JsonSchema { get; init; } = true;

    /// <summary>Labels by the judge, beside those of people.</summary>
    public JudgeLabelOptions Label { get; init; } = new();

    internal bool IsOn => Url is not null;

    internal bool Rewards => IsOn && Weight != 0;

    /// <summary>Whether the judge labels served replies.</summary>
    public bool Labels => IsOn && Label.Most > 0;

    /// <inheritdoc/>
    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var wrong in base.Validate(validationContext))
            yield return wrong;
        if (Url is not null && string.IsNullOrWhiteSpace(Model))
            yield return new ValidationResult("Judge:Model is missing: it names the model that judges at Judge:Url.", [nameof(Model)]);
        if (Url is null && (Weight != 0 || Label.Most > 0))
            yield return new ValidationResult("Judge:Url is missing: Judge:Weight and Judge:Label:Most ask for a judge. It is the address before /chat/completions, such as https://api.openai.com/v1.", [nameof(Url)]);
    }
}

/// <summary>How an AI judge judges.</summary>
public enum JudgeMode
{
    /// <summary>Each reply gets a score from 1 to 10.</summary>
    Pointwise,

    /// <summary>Each reply is compared with two others to the same prompt, each two in both orders, so that a liking for the first or the second place cancels out.</summary>
    Pairwise,
}

/// <summary>Labels of served replies by the AI judge (RLAIF; Bai et al. 2022, Lee et al. 2023), from which the reward model learns beside people's feedback. They are kept with the
/// training job and never in the ledger, train neither the policy directly nor the gate's reward model, and count for no rater and no version.</summary>
public sealed record JudgeLabelOptions
{
    /// <summary>The most replies that are labelled for a training: the newest served ones that nobody has judged.</summary>
    /// <value>The default value is 0: none are.</value>
    [Range(0, 1_000_000)]
    public int Most { get; init; }

    /// <summary>The most that the labels may be of all that a reward model learns from, counted with people's judgements; 1 lets the judge train alone.</summary>
    /// <value>The default value is 0.5.</value>
    [Range(0.0, 1.0)]
    public double Share { get; init; } = 0.5;

    /// <summary>What a label weighs; 1 is an ordinary rater's thumb.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.001, 1000.0)]
    public double Weight { get; init; } = 1;
}
