using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Rlhf.Deployment.Tests;

/// <summary>Reads YAML as strictly as the tools that take it: no key twice, anchors merged.</summary>
internal static class Yaml
{
    /// <summary>The documents of a file.</summary>
    public static List<JsonObject> Read(string path)
    {
        var parser = new MergingParser(new Parser(new StringReader(Repository.Read(path))));
        var deserializer = new DeserializerBuilder().WithDuplicateKeyChecking().WithAttemptingUnquotedStringTypeDeserialization().Build();
        var json = new SerializerBuilder().JsonCompatible().Build();
        var documents = new List<JsonObject>();
        parser.Consume<YamlDotNet.Core.Events.StreamStart>();
        while (parser.Accept<YamlDotNet.Core.Events.DocumentStart>(out _))
        {
            documents.Add(JsonNode.Parse(json.Serialize(deserializer.Deserialize<object>(parser)))!.AsObject());
        }

        return documents;
    }

    /// <summary>The words of a node, whatever its type.</summary>
    public static string Text(this JsonNode? node) => node?.ToString() ?? throw new InvalidDataException("A value is missing.");

    /// <summary>The entries of a list; none where there is no list.</summary>
    public static IEnumerable<JsonNode> Each(this JsonNode? node) => node is JsonArray list ? list.Select(entry => entry!) : [];
}
