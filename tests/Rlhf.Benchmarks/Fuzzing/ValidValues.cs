using System.Globalization;
using System.Text.Json.Nodes;
using Rlhf.Benchmarks.Schemas;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>
/// Makes values that a schema takes. Names come from small pools, so that what one request makes another finds; replies are short,
/// so that many fit into a minute.
/// </summary>
/// <param name="description">Where references lead.</param>
/// <param name="random">The choices.</param>
/// <param name="conversation">The conversation that these requests mostly are about.</param>
/// <param name="number">Makes an id nobody else's.</param>
internal sealed class ValidValues(ApiDescription description, Random random, string conversation, int number)
{
    public const int Conversations = 128;
    private const int Raters = 12;
    private const int MostTokens = 8;
    private const double Optional = 0.12;
    private static readonly string[] s_words = ["a", "latte", "please", "the", "table", "for", "two", "oat", "milk", "Größe", "дай", "咖啡", "👍", "\n", "\"so\"", "{", "}", "sorry", "and", "refund"];
    private static readonly string[] s_models = [.. Enumerable.Repeat("demo", 30), "demo:base", "demo:v1", "demo:v2", "demo:v77", "gpt-4"];
    private static readonly string[] s_versions = ["base", "v1", "v2", "v3", "v77"];

    public string Conversation => random.Next(4) > 0 ? conversation : $"pool-{random.Next(Conversations)}";

    public string Completion => string.Create(CultureInfo.InvariantCulture, $"chatcmpl-{Conversation}-{random.Next(1, 6)}");

    public string Rater => $"rater-{random.Next(Raters)}";

    public string Version => random.Any(s_versions);

    public string Sentence => string.Join(' ', Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Any(s_words)));

    /// <summary>The body of an operation; null where it takes none.</summary>
    public LooseJson? BodyOf(ApiOperation operation)
    {
        if (operation.Body is null)
            return null;
        var body = Of(operation.Body);
        return operation.Path.EndsWith("/completions", StringComparison.Ordinal) && random.Chance(0.9) ? Agreed(body) : body;
    }

    /// <summary>A parameter's value, not yet escaped.</summary>
    public string ParameterOf(ApiOperation operation, ApiParameter parameter) => (operation.Path.Split('/')[2..], parameter.Name) switch
    {
        (["conversations", ..], "id") => Conversation,
        (["versions", ..], "id") => Version,
        (["models", ..], _) => random.Any(s_models),
        (_, "completion_id") => Completion,
        (_, "rater") => Rater,
        (_, "wait_for") => $"job-{random.Next(4)}",
        (_, "timeout") => string.Create(CultureInfo.InvariantCulture, $"{random.NextDouble() / 4:0.###}"),
        (_, "Idempotency-Key") => $"key-{random.Next(100)}",
        _ => "x",
    };

    /// <summary>A value for a field of this name.</summary>
    private LooseJson Of(JsonNode given, string name = "")
    {
        var schema = description.Resolve(given);
        if (Known(name) is { } known)
            return known;
        if (schema["enum"] is JsonArray values)
            return LooseJson.Written(values[random.Next(values.Count)]?.ToJsonString() ?? "null");
        if ((schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"]) is JsonArray ways)
            return Of(random.Any([.. ways.Where(way => !IsNull(way!)).DefaultIfEmpty(ways[0])])!, name);
        return TypeOf(schema) switch
        {
            "string" => LooseJson.Text(Sentence),
            "integer" => LooseJson.Written(Number(schema, "0")),
            "number" => LooseJson.Written(Number(schema, "0.###")),
            "boolean" => LooseJson.Written(random.Next(2) == 0 ? "true" : "false"),
            "array" => LooseJson.List(Enumerable.Range(0, random.Next((int?)schema["minItems"] ?? 0, 4)).Select(_ => Of(schema["items"]!)).ToList()),
            "object" => Object(schema),
            _ => LooseJson.Written(random.Any(Hostile.Others)),
        };
    }

    private LooseJson Object(JsonNode schema)
    {
        var required = schema["required"]?.AsArray().Select(name => (string)name!).ToHashSet() ?? [];
        return LooseJson.Map((schema["properties"]?.AsObject() ?? [])
            .Where(property => required.Contains(property.Key) || random.Chance(property.Key is "metadata" or "conversation_id" ? 0.97 : Optional))
            .Select(property => (property.Key, !required.Contains(property.Key) && random.Chance(0.03) ? LooseJson.Written("null") : Of(property.Value!, property.Key)))
            .ToList());
    }

    /// <summary>Fields of which the schema says too little.</summary>
    private LooseJson? Known(string name) => name switch
    {
        "model" => LooseJson.Text(random.Any(s_models)),
        "conversation_id" => LooseJson.Text(Conversation),
        "completion_id" => LooseJson.Text(Completion),
        "rater" => LooseJson.Text(Rater),
        "user" => LooseJson.Text($"user-{random.Next(3)}"),
        "group" => LooseJson.Text($"group-{random.Next(20)}"),
        "id" => LooseJson.Text(random.Chance(0.1) ? "item" : $"item-{number}-{random.Next()}"),
        "max_tokens" or "max_completion_tokens" => LooseJson.Written($"{random.Next(1, MostTokens + 1)}"),
        "n" => LooseJson.Written($"{random.Next(1, 4)}"),
        "best_of" => LooseJson.Written($"{random.Next(1, 3)}"),
        "top_logprobs" => LooseJson.Written($"{random.Next(0, 6)}"),
        "logit_bias" => LooseJson.Map(Enumerable.Range(0, random.Next(4)).Select(_ => ($"{random.Next(50)}", LooseJson.Written($"{random.Next(-100, 101)}"))).DistinctBy(bias => bias.Item1).ToList()),
        "name" => LooseJson.Text("sample"),
        "schema" => LooseJson.Written(random.Any(random.Chance(0.5) ? Hostile.Schemas : Samples.All)),
        "content" when random.Chance(0.85) => LooseJson.Text(Sentence),
        _ => null,
    };

    /// <summary>Fields of a chat that hang together, so that most are answered.</summary>
    private static LooseJson Agreed(LooseJson chat)
    {
        if (chat.Fields is null)
            return chat;
        if (chat["top_logprobs"] is not null)
            chat.With("logprobs", LooseJson.Written("true"));
        if (chat["stream_options"] is not null)
            chat.With("stream", LooseJson.Written("true"));
        if (chat["response_format"] is not null)
            chat.With("stop", null);
        if (chat["response_format"] is { Fields: not null } format && (format["type"]?.ToString() == "\"json_schema\"") != (format["json_schema"] is not null))
            chat.With("response_format", LooseJson.Written("""{"type":"json_object"}"""));
        return chat;
    }

    private string Number(JsonNode schema, string format)
    {
        var least = Math.Max(Bound(schema["minimum"]) ?? -5, -1000);
        var most = Math.Min(Bound(schema["maximum"]) ?? 50, 1000);
        return (least + (random.NextDouble() * (most - least))).ToString(format, CultureInfo.InvariantCulture);
    }

    private static double? Bound(JsonNode? bound) => bound is null ? null : double.Parse(bound.ToString(), CultureInfo.InvariantCulture);

    private static bool IsNull(JsonNode schema) => TypeOf(schema) == "null";

    private static string? TypeOf(JsonNode schema) => schema["type"] switch
    {
        JsonArray types => types.Select(type => (string?)type).FirstOrDefault(type => type != "null") ?? "null",
        var type => (string?)type,
    };
}
