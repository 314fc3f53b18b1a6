using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback.Shapes;

/// <summary>Reads a metric's name and value as a field of <see cref="FeedbackRequest"/>. What has no such reading is refused.</summary>
internal sealed class MetricMap(IOptions<MetricOptions> metrics, IOptions<FeedbackOptions> feedback)
{
    private static readonly string[] Good = ["up", "true", "yes", "positive", "good", "like", "liked", "accepted", "thumbs_up"];
    private static readonly string[] Bad = ["down", "false", "no", "negative", "bad", "dislike", "disliked", "rejected", "thumbs_down"];

    // What apps of these tools call such metrics in the tools' own documentation.
    private static readonly Dictionary<string, MetricMapping> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["thumbs"] = new() { Kind = MetricMapping.Thumbs },
        ["thumbs_up"] = new() { Kind = MetricMapping.Thumbs },
        ["user-feedback"] = new() { Kind = MetricMapping.Thumbs },
        ["user_feedback"] = new() { Kind = MetricMapping.Thumbs },
        ["like"] = new() { Kind = MetricMapping.Thumbs },
        ["accepted"] = new() { Kind = MetricMapping.Accepted },
        ["draft_accepted"] = new() { Kind = MetricMapping.Accepted },
        ["rating"] = new() { Kind = MetricMapping.Rating },
        ["user_rating"] = new() { Kind = MetricMapping.Rating },
        ["stars"] = new() { Kind = MetricMapping.Rating },
        ["comment"] = new() { Kind = MetricMapping.Comment },
        ["demonstration"] = new() { Kind = MetricMapping.Correction },
        ["correction"] = new() { Kind = MetricMapping.Correction },
        ["report"] = new() { Kind = MetricMapping.Report },
        ["regenerated"] = new() { Kind = MetricMapping.Signal },
        ["copied"] = new() { Kind = MetricMapping.Signal },
        ["edited"] = new() { Kind = MetricMapping.Signal },
        ["abandoned"] = new() { Kind = MetricMapping.Signal },
    };

    /// <summary>The field, and what it is to hold.</summary>
    /// <param name="metric">The metric's name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="nameField">What the request calls the name.</param>
    /// <exception cref="RefusedException">Nothing is known of the metric, or its value is none that its kind takes.</exception>
    public (string Field, JsonNode Value) Read(string metric, JsonElement value, string nameField)
    {
        var mapping = MappingOf(metric) ?? throw Refuse.Invalid(
            $"There is no metric '{RequestText.Show(metric)}'; the operator says with Feedback:Metrics:NAME:Kind what it means. Known without are {string.Join(", ", Known.Keys.Concat(feedback.Value.Labels.Keys))}.", nameField);
        return (mapping.Kind, mapping.Kind switch
        {
            MetricMapping.Thumbs => Flag(metric, mapping, value) ? "up" : "down",
            MetricMapping.Accepted => Flag(metric, mapping, value),
            MetricMapping.Rating => Stars(metric, mapping, value),
            MetricMapping.Labels => new JsonObject { [mapping.Name ?? metric] = Answer(metric, mapping, value) },
            MetricMapping.Signal => SignalOf(mapping.Name ?? metric.ToLowerInvariant(), metric, value),
            _ => Text(metric, value),
        });
    }

    /// <summary>The question that a metric answers; null for one of another kind.</summary>
    public string? QuestionOf(string metric) => MappingOf(metric) is { Kind: MetricMapping.Labels } mapping ? mapping.Name ?? metric : null;

    private MetricMapping? MappingOf(string metric) =>
        metrics.Value.Metrics.TryGetValue(metric, out var configured) ? configured
        : feedback.Value.Labels.ContainsKey(metric) ? new MetricMapping { Kind = MetricMapping.Labels }
        : Known.GetValueOrDefault(metric);

    private static bool Flag(string metric, MetricMapping mapping, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when Good.Contains(value.GetString()!.ToLowerInvariant()) => true,
        JsonValueKind.String when Bad.Contains(value.GetString()!.ToLowerInvariant()) => false,
        JsonValueKind.Number when mapping.Min is not null => Part(metric, mapping, value) is var part && part != 0.5
            ? part > 0.5
            : throw Wrong(metric, value, "above or below the middle of its scale: in the middle it is neither good nor bad"),
        JsonValueKind.Number when value.GetDouble() is 1 => true,
        JsonValueKind.Number when value.GetDouble() is 0 or -1 => false,
        _ => throw Wrong(metric, value, $"true or false, 1 or 0, or one of {string.Join(", ", Good.Concat(Bad))}; a number of another scale needs Feedback:Metrics:{metric}:Min and :Max"),
    };

    private static int Stars(string metric, MetricMapping mapping, JsonElement value) =>
        value.ValueKind != JsonValueKind.Number ? throw Wrong(metric, value, "a number")
        : mapping.Min is not null ? (int)Math.Round(1 + (4 * Part(metric, mapping, value)), MidpointRounding.AwayFromZero)
        : value.GetDouble() is var stars and (1 or 2 or 3 or 4 or 5) ? (int)stars
        : throw Wrong(metric, value, $"1, 2, 3, 4 or 5; a number of another scale needs Feedback:Metrics:{metric}:Min and :Max");

    /// <summary>An answer by its name; a flag by the answers "yes" and "no", or "true" and "false"; a number by the score of an answer.</summary>
    private string Answer(string metric, MetricMapping mapping, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString()!;
        }

        var question = mapping.Name ?? metric;
        var answers = feedback.Value.Labels.TryGetValue(question, out var defined) ? defined.Answers : throw Refuse.Invalid($"There is no question '{question}', which the metric '{metric}' answers: Feedback:Labels defines them.", "value");
        string[] names = value.ValueKind switch
        {
            JsonValueKind.True => ["yes", "true"],
            JsonValueKind.False => ["no", "false"],
            _ => [],
        };
        var score = value.ValueKind != JsonValueKind.Number ? double.NaN : mapping.Min is null ? value.GetDouble() : Part(metric, mapping, value);
        return answers.Keys.FirstOrDefault(answer => names.Contains(answer, StringComparer.OrdinalIgnoreCase) || answers[answer] == score)
            ?? throw Wrong(metric, value, $"one of {string.Join(", ", answers.Select(answer => $"{answer.Key} ({answer.Value.ToString(CultureInfo.InvariantCulture)})"))}");
    }

    private static JsonObject SignalOf(string signal, string metric, JsonElement value) => signal == "edited"
        ? value.ValueKind == JsonValueKind.Number ? new JsonObject { ["name"] = signal, ["distance"] = value.GetDouble() } : throw Wrong(metric, value, "a number from 0 to 1: how much of the reply was changed")
        : value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.Number && value.GetDouble() is 1) ? new JsonObject { ["name"] = signal }
        : throw Wrong(metric, value, "true: what did not happen is no signal");

    /// <summary>A text, or the texts of a list of content blocks.</summary>
    private static string Text(string metric, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Concat(value.EnumerateArray().Select(block =>
            block.ValueKind == JsonValueKind.Object && block.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String && block.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "text"
                ? text.GetString()
                : throw Wrong(metric, value, "a text, or a list of blocks of the type text"))),
        _ => throw Wrong(metric, value, "a text"),
    };

    /// <summary>Where a number lies on its scale: 0 worst, 1 best.</summary>
    private static double Part(string metric, MetricMapping mapping, JsonElement value)
    {
        var part = (value.GetDouble() - mapping.Min!.Value) / (mapping.Max!.Value - mapping.Min.Value);
        return part is >= 0 and <= 1 ? part : throw Wrong(metric, value, string.Create(CultureInfo.InvariantCulture, $"from {mapping.Min} to {mapping.Max}"));
    }

    private static RefusedException Wrong(string metric, JsonElement value, string expected) =>
        Refuse.Invalid($"'value' of the metric '{metric}' must be {expected}; it is {RequestText.Show(value)}.", "value");
}
