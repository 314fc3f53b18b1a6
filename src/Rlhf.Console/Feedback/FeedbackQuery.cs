namespace Rlhf.WebConsole.Feedback;

/// <summary>What is looked for; what is empty is not asked.</summary>
public sealed class FeedbackQuery
{
    /// <summary>The kinds that may be asked for.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["thumbs", "accepted", "rating", "labels", "correction", "report", "signal", "comment", "comparison", "retraction"];

    /// <summary>What it says.</summary>
    public string? Kind { get; set; }

    /// <summary>Who said it.</summary>
    public string? Rater { get; set; }

    /// <summary>The version that wrote the reply.</summary>
    public string? Version { get; set; }

    /// <summary>A text in prompt, reply or words.</summary>
    public string? Text { get; set; }

    /// <summary>The query of a URL, without its question mark.</summary>
    public override string ToString()
    {
        (string Name, string? Value)[] fields = [("kind", Kind), ("rater", Rater), ("version", Version), ("text", Text)];
        return string.Join('&', fields.Where(field => !string.IsNullOrWhiteSpace(field.Value)).Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value!.Trim())}"));
    }
}
