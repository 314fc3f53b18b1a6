using System.Collections.Concurrent;
using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>
/// What a reply has to be: JSON that holds to a schema, or any JSON object. Written compactly, with at most one space after a colon or a comma;
/// objects have their properties in the order of the schema, and objects and arrays are at most 32 deep. Of an object's other properties
/// (<c>additionalProperties</c>) two may have one name. Safe for concurrent use.
/// </summary>
public sealed class JsonFormat
{
    /// <summary>The text that stands for any JSON object.</summary>
    public const string AnyObject = "json_object";

    private const int MostKept = 32;
    private const int MostGrown = 20_000;
    private static readonly ConcurrentDictionary<string, Kept> Known = new();
    private static long _uses;

    private readonly Shape _root;
    private readonly int _size;

    private JsonFormat(Grammar grammar, Shape root)
    {
        Grammar = grammar;
        _root = root;
        _size = grammar.Size;
    }

    internal Grammar Grammar { get; }

    /// <summary>Where a reply starts.</summary>
    internal Node Start => Grammar.Call(_root, depth: 0);

    /// <summary>Whether the states that replies went through take more room than reading the schema anew.</summary>
    private bool HasGrown => Grammar.Size > _size + MostGrown;

    /// <summary>The format of a text: a JSON schema, or <see cref="AnyObject"/>. Those asked for last are kept.</summary>
    /// <exception cref="SchemaException">It is no schema, one that nothing satisfies, or one that uses what is not supported.</exception>
    public static JsonFormat Of(string text)
    {
        if (Known.TryGetValue(text, out Kept? kept) && !kept.Format.HasGrown)
        {
            kept.LastUse = Interlocked.Increment(ref _uses);
            return kept.Format;
        }

        var fresh = new Kept(Read(text)) { LastUse = Interlocked.Increment(ref _uses) };
        Known[text] = fresh;
        if (Known.Count > MostKept)
            Known.TryRemove(Known.MinBy(each => each.Value.LastUse).Key, out _);
        return fresh.Format;
    }

    private static JsonFormat Read(string text)
    {
        var grammar = new Grammar();
        if (text == AnyObject)
            return new JsonFormat(grammar, SchemaReader.ReadAnyObject(grammar));
        try
        {
            using JsonDocument schema = JsonDocument.Parse(text);
            return new JsonFormat(grammar, SchemaReader.Read(grammar, schema.RootElement));
        }
        catch (JsonException e)
        {
            throw new SchemaException("", $"is not JSON: {e.Message}");
        }
    }

    private sealed class Kept(JsonFormat format)
    {
        public JsonFormat Format => format;

        public long LastUse { get; set; }
    }
}
