using System.Collections.Concurrent;
using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>
/// What a reply has to be: JSON that holds to a schema, any JSON object, or calls of tools (<see cref="ToolGrammar"/>). JSON is written compactly, with at
/// most one space after a colon or a comma; objects have their properties in the order of the schema, and objects and arrays are at most 32 deep. Of an
/// object's other properties (<c>additionalProperties</c>) two may have one name. Safe for concurrent use.
/// </summary>
public sealed class ReplyFormat
{
    /// <summary>The text that stands for any JSON object.</summary>
    public const string AnyObject = "json_object";

    private const int MostKept = 32;
    private const int MostGrown = 20_000;
    private static readonly ConcurrentDictionary<string, Kept> Known = new();
    private static long _uses;

    private readonly int _size;

    private ReplyFormat(Grammar grammar, Node start)
    {
        Grammar = grammar;
        Start = start;
        _size = grammar.Size;
    }

    internal Grammar Grammar { get; }

    /// <summary>Where a reply starts.</summary>
    internal Node Start { get; }

    /// <summary>Whether the states that replies went through take more room than reading the schema anew.</summary>
    private bool HasGrown => Grammar.Size > _size + MostGrown;

    /// <summary>The format of a text: a JSON schema, or <see cref="AnyObject"/>. Those asked for last are kept.</summary>
    /// <exception cref="SchemaException">It is no schema, one that nothing satisfies, or one that uses what is not supported.</exception>
    public static ReplyFormat Of(string text) => Of(text, grammar => Read(grammar, text));

    /// <summary>The format of a key, made where none is kept of it.</summary>
    /// <param name="key">What names it among all formats.</param>
    /// <param name="start">Makes the state that a reply starts in.</param>
    internal static ReplyFormat Of(string key, Func<Grammar, Node> start)
    {
        if (Known.TryGetValue(key, out Kept? kept) && !kept.Format.HasGrown)
        {
            kept.LastUse = Interlocked.Increment(ref _uses);
            return kept.Format;
        }

        var grammar = new Grammar();
        var fresh = new Kept(new ReplyFormat(grammar, start(grammar))) { LastUse = Interlocked.Increment(ref _uses) };
        Known[key] = fresh;
        if (Known.Count > MostKept)
            Known.TryRemove(Known.MinBy(each => each.Value.LastUse).Key, out _);
        return fresh.Format;
    }

    /// <summary>A value that a text, a JSON schema or <see cref="AnyObject"/>, asks for.</summary>
    /// <exception cref="SchemaException">It is no schema, one that nothing satisfies, or one that uses what is not supported.</exception>
    internal static Node Read(Grammar grammar, string text)
    {
        if (text == AnyObject)
            return grammar.Call(SchemaReader.ReadAnyObject(grammar), depth: 0);
        try
        {
            using JsonDocument schema = JsonDocument.Parse(text);
            return grammar.Call(SchemaReader.Read(grammar, schema.RootElement), depth: 0);
        }
        catch (JsonException e)
        {
            throw new SchemaException("", $"is not JSON: {e.Message}");
        }
    }

    private sealed class Kept(ReplyFormat format)
    {
        public ReplyFormat Format => format;

        public long LastUse { get; set; }
    }
}
