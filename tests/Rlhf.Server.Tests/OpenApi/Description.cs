using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Rlhf.Server.Tests.OpenApi;

/// <summary>What a server says of its endpoints.</summary>
internal sealed class Description(string text)
{
    private const string Schemas = "#/components/schemas/";

    public string Text => text;

    public JsonNode Document { get; } = JsonNode.Parse(text)!;

    public static async Task<Description> OfAsync(HttpClient client) => new(await client.GetStringAsync("openapi/v1.json"));

    public JsonNode? Operation(string method, string path) => Document["paths"]?[path]?[method.ToLowerInvariant()];

    public JsonNode Body(string method, string path) => Operation(method, path)!["requestBody"]!["content"]!["application/json"]!["schema"]!;

    public JsonNode Answer(string method, string path, int status, string type = "application/json") =>
        Operation(method, path)!["responses"]![$"{status}"]!["content"]![type]!["schema"]!;

    /// <summary>What is wrong with a value where a schema of the document is to hold; nothing when it holds.</summary>
    public List<string> Complaints(JsonNode schema, JsonNode? value)
    {
        var whole = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$defs"] = Document["components"]!["schemas"]!.DeepClone(),
            ["allOf"] = new JsonArray(schema.DeepClone()),
        };
        var evaluated = JsonSchema.FromText(whole.ToJsonString().Replace(Schemas, "#/$defs/"))
            .Evaluate(JsonSerializer.SerializeToElement(value), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return evaluated.IsValid ? [] : [.. (evaluated.Details ?? []).Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}")), $"in {value?.ToJsonString()}"];
    }
}
