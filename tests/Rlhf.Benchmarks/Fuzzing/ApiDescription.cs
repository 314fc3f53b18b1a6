using System.Globalization;
using System.Text.Json.Nodes;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>A parameter of an operation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="In">Where it stands: <c>path</c>, <c>query</c> or <c>header</c>.</param>
/// <param name="Required">Whether it must be there.</param>
/// <param name="Schema">What it takes.</param>
internal sealed record ApiParameter(string Name, string In, bool Required, JsonNode Schema);

/// <summary>One method of one path.</summary>
/// <param name="Method">The method, in capitals.</param>
/// <param name="Path">The path, with its parameters in braces.</param>
/// <param name="Parameters">The parameters.</param>
/// <param name="Body">What the body holds; null for none.</param>
/// <param name="Statuses">The status codes that are documented.</param>
internal sealed record ApiOperation(string Method, string Path, IReadOnlyList<ApiParameter> Parameters, JsonNode? Body, IReadOnlySet<int> Statuses)
{
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>What a server's OpenAPI document says.</summary>
internal sealed class ApiDescription
{
    private const string Reference = "$ref";
    private static readonly string[] s_methods = ["get", "post", "put", "delete", "patch"];
    private readonly JsonNode _document;

    public ApiDescription(string document)
    {
        _document = JsonNode.Parse(document)!;
        Operations =
        [
            .. from path in _document["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               where s_methods.Contains(operation.Key)
               select Read(operation.Key, path.Key, operation.Value!),
        ];
    }

    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>The schema that a reference means; another schema itself.</summary>
    public JsonNode Resolve(JsonNode schema)
    {
        while (schema is JsonObject given && given[Reference] is { } reference)
        {
            schema = ((string)reference!).Split('/').Skip(1).Aggregate(_document, (node, name) => node[name]!);
        }

        return schema;
    }

    private static ApiOperation Read(string method, string path, JsonNode operation) => new(
        method.ToUpperInvariant(),
        path,
        [
            .. (operation["parameters"]?.AsArray() ?? []).Select(parameter => new ApiParameter(
                (string)parameter!["name"]!, (string)parameter["in"]!, (bool?)parameter["required"] ?? false, parameter["schema"] ?? new JsonObject())),
        ],
        operation["requestBody"]?["content"]?["application/json"]?["schema"],
        operation["responses"]!.AsObject().Select(answer => int.Parse(answer.Key, CultureInfo.InvariantCulture)).ToHashSet());
}
