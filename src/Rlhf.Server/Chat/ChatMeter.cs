using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Rlhf.Server.Chat;

/// <summary>What a chat takes, by OpenTelemetry's conventions for generative AI.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/, the recommended buckets among it.</remarks>
internal static class ChatMeter
{
    private static readonly Meter Meter = new("Rlhf.Chat");

    private static readonly Histogram<double> Duration = Seconds(
        "gen_ai.server.request.duration", "Requests from their start to the last token.",
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92);

    private static readonly Histogram<double> TimeToFirstToken = Seconds(
        "gen_ai.server.time_to_first_token", "Time to the first token of a reply.",
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);

    private static readonly Histogram<double> TimePerOutputToken = Seconds(
        "gen_ai.server.time_per_output_token", "Time for each token of a reply after the first.",
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5);

    private static readonly Histogram<long> TokenUsage = Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens of prompts and replies.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    /// <summary>Takes note of a request that ended.</summary>
    /// <param name="model">The model that was asked for.</param>
    /// <param name="answeredBy">The model and version that answered; null where none did.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="error">What went wrong, null when nothing did.</param>
    public static void Ended(string model, string? answeredBy, double seconds, string? error)
    {
        var tags = Tags(model, answeredBy);
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        Duration.Record(seconds, tags);
    }

    /// <summary>Takes note of a reply that came whole.</summary>
    /// <param name="model">The model that was asked for.</param>
    /// <param name="answeredBy">The model and version that answered.</param>
    /// <param name="toFirst">Seconds to its first token.</param>
    /// <param name="perToken">Seconds for each token after the first; null when there were none.</param>
    public static void Replied(string model, string answeredBy, double toFirst, double? perToken)
    {
        var tags = Tags(model, answeredBy);
        TimeToFirstToken.Record(toFirst, tags);
        if (perToken is { } each)
        {
            TimePerOutputToken.Record(each, tags);
        }
    }

    /// <summary>Takes note of the tokens of a request.</summary>
    public static void Used(string model, string answeredBy, int input, int output)
    {
        foreach (var (type, tokens) in (ReadOnlySpan<(string, int)>)[("input", input), ("output", output)])
        {
            var tags = Tags(model, answeredBy);
            tags.Add("gen_ai.token.type", type);
            TokenUsage.Record(tokens, tags);
        }
    }

    private static TagList Tags(string model, string? answeredBy)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", ChatTrace.Operation },
            { "gen_ai.provider.name", ChatTrace.Provider },
            { "gen_ai.request.model", model },
        };
        if (answeredBy is not null)
        {
            tags.Add("gen_ai.response.model", answeredBy);
        }

        return tags;
    }

    private static Histogram<double> Seconds(string name, string description, params double[] bounds) =>
        Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
