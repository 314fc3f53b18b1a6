using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>What a rater says of a reply or of a whole conversation: one of <c>thumbs</c>, <c>accepted</c>, <c>rating</c>, <c>labels</c>, <c>correction</c>,
/// <c>report</c> and <c>signal</c>, with a comment and tags beside it, or these alone.</summary>
[Closed]
internal sealed record FeedbackRequest
{
    private const string Values = "thumbs, accepted, rating, labels, correction, report, signal";

    /// <summary>The completion's id, or a choice's own.</summary>
    [MinLength(1), MaxLength(2 * RequestLimits.Name)]
    public string? CompletionId { get; init; }

    /// <summary>Instead of a completion: the whole conversation; what is said is shared among its replies.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name)]
    public string? ConversationId { get; init; }

    /// <summary>Who rates; a second statement of one kind by a rater on a reply takes the place of the first.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name), Name]
    public required string Rater { get; init; }

    /// <summary>The thumb.</summary>
    [AllowedValues("up", "down")]
    public string? Thumbs { get; init; }

    /// <summary>Whether the reply was taken as it is.</summary>
    public bool? Accepted { get; init; }

    /// <summary>Stars, 5 for the best.</summary>
    [Range(1, 5)]
    public int? Rating { get; init; }

    /// <summary>Answers to the operator's questions (<c>Feedback:Labels</c>), by the questions' names.</summary>
    [MaxLength(RequestLimits.Labels)]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The reply as it should have been.</summary>
    [MinLength(1), MaxLength(RequestLimits.Correction)]
    public string? Correction { get; init; }

    /// <summary>Why the reply is unwanted.</summary>
    [MinLength(1), MaxLength(RequestLimits.Comment)]
    public string? Report { get; init; }

    /// <summary>What somebody did with the reply, without being asked.</summary>
    public SignalRequest? Signal { get; init; }

    /// <summary>What the rater says to it.</summary>
    [MaxLength(RequestLimits.Comment)]
    public string? Comment { get; init; }

    /// <summary>Words to sort feedback by.</summary>
    [MaxLength(RequestLimits.Tags)]
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>What is said, checked as far as it can be without the reply.</summary>
    /// <exception cref="RefusedException">It says nothing, more than one thing, or something that nobody defined.</exception>
    public (FeedbackKind Kind, FeedbackContent? Content) Read(FeedbackOptions options)
    {
        (string Name, FeedbackKind Kind, FeedbackContent? Content)?[] given =
        [
            Thumbs is null ? null : ("thumbs", FeedbackKind.Thumbs, null),
            Accepted is null ? null : ("accepted", FeedbackKind.Accepted, new FeedbackContent { Positive = Accepted }),
            Rating is null ? null : ("rating", FeedbackKind.Rating, new FeedbackContent { Stars = Rating }),
            Labels is null ? null : ("labels", FeedbackKind.Labels, new FeedbackContent { Labels = [.. Answers(Labels, options)] }),
            Correction is null ? null : ("correction", FeedbackKind.Correction, new FeedbackContent { Text = NotBlank(Correction, "correction") }),
            Report is null ? null : ("report", FeedbackKind.Report, new FeedbackContent { Text = NotBlank(Report, "report") }),
            Signal is null ? null : ("signal", FeedbackKind.Signal, Signal.ToContent()),
        ];
        var said = given.OfType<(string Name, FeedbackKind Kind, FeedbackContent? Content)>().ToArray();
        if (said.Length > 1)
        {
            throw Refuse.Invalid($"One piece of feedback says one thing, and this one has {string.Join(" and ", said.Select(value => $"'{value.Name}'"))}; send each by itself (several in 'items').", said[1].Name);
        }

        if (said.Length == 0 && Comment is not { Length: > 0 } && Tags is not { Count: > 0 })
        {
            throw Refuse.Invalid($"Feedback must say something: one of {Values}, or comment or tags alone.", "thumbs");
        }

        if (said.Length == 1 && CompletionId is null && said[0].Kind == FeedbackKind.Correction)
        {
            throw Refuse.Invalid("'correction' is of one reply: name it by 'completion_id'.", "completion_id");
        }

        return said.Length == 0 ? (FeedbackKind.Comment, null) : (said[0].Kind, said[0].Content);
    }

    private static IEnumerable<LabelAnswer> Answers(IReadOnlyDictionary<string, string> labels, FeedbackOptions options)
    {
        if (labels.Count == 0)
        {
            throw Refuse.Invalid("'labels' must answer a question at least.", "labels");
        }

        foreach (var (name, answer) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            if (!options.Labels.TryGetValue(name, out var question))
            {
                throw Refuse.Invalid(
                    options.Labels.Count == 0 ? $"There is no question '{name}': the operator defines them in Feedback:Labels, and none is." : $"There is no question '{name}'; there are {string.Join(", ", options.Labels.Keys)}.",
                    $"labels.{name}");
            }

            if (!question.Answers.ContainsKey(answer))
            {
                throw Refuse.Invalid($"'labels.{name}' must be one of {string.Join(", ", question.Answers.Keys)}, not '{answer}'.", $"labels.{name}");
            }

            yield return new LabelAnswer(name, answer);
        }
    }

    private static string NotBlank(string text, string field) =>
        string.IsNullOrWhiteSpace(text) ? throw Refuse.Invalid($"'{field}' is empty; it must be a text.", field) : text;
}

/// <summary>What somebody did with a reply, without being asked.</summary>
internal sealed record SignalRequest
{
    /// <summary>What it was.</summary>
    [AllowedValues("regenerated", "copied", "edited", "abandoned")]
    public required string Name { get; init; }

    /// <summary>For <c>edited</c>: how much of the reply was changed, 0 nothing and 1 all of it.</summary>
    [Range(0.0, 1.0)]
    public double? Distance { get; init; }

    public FeedbackContent ToContent() => (Name == "edited") == Distance is not null
        ? new FeedbackContent { Signal = Name, Distance = Distance }
        : throw Refuse.Invalid(Distance is null ? "'signal.distance' is missing; for 'edited' it must be a number from 0 to 1." : $"'signal.distance' is for 'edited', not for '{Name}'; leave it out.", "signal.distance");
}

/// <summary>Several pieces of feedback at once.</summary>
/// <typeparam name="TItem"><see cref="FeedbackRequest"/>, or JSON where a bad one is answered by itself.</typeparam>
[Closed]
internal sealed record FeedbackBatchRequest<TItem>
{
    /// <summary>The pieces.</summary>
    [MinLength(1), MaxLength(RequestLimits.FeedbackItems)]
    public required IReadOnlyList<TItem> Items { get; init; }
}
