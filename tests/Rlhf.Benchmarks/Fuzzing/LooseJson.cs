using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>JSON that may be spelt wrongly: leaves and names are kept as they are written, so that a name can stand twice and a value be none.</summary>
internal sealed class LooseJson
{
    /// <summary>Characters that stand for bytes which are no UTF-8.</summary>
    public const string NotUtf8 = "\uE000\uE001\uE002\uE003\uE004";

    private static readonly byte[][] s_notUtf8 = [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80]];
    private static readonly SearchValues<char> s_markers = SearchValues.Create(NotUtf8);

    private string _leaf = "null";

    /// <summary>The elements, of an array alone.</summary>
    public List<LooseJson>? Items { get; private set; }

    /// <summary>The fields with their names as they are written, of an object alone.</summary>
    public List<(string Name, LooseJson Value)>? Fields { get; private set; }

    /// <summary>A value as it is written.</summary>
    public static LooseJson Written(string leaf) => new() { _leaf = leaf };

    public static LooseJson Text(string text) => Written(JsonSerializer.Serialize(text));

    public static LooseJson List(IEnumerable<LooseJson> items) => new() { Items = [.. items] };

    public static LooseJson Map(params IEnumerable<(string Name, LooseJson Value)> fields) =>
        new() { Fields = [.. fields.Select(field => (JsonSerializer.Serialize(field.Name), field.Value))] };

    /// <summary>A field's value; null where there is none.</summary>
    public LooseJson? this[string name] => Fields?.FirstOrDefault(field => field.Name == JsonSerializer.Serialize(name)).Value;

    /// <summary>Sets a field, or leaves it out.</summary>
    public LooseJson With(string name, LooseJson? value)
    {
        var written = JsonSerializer.Serialize(name);
        Fields!.RemoveAll(field => field.Name == written);
        if (value is not null)
            Fields.Add((written, value));
        return this;
    }

    /// <summary>Takes another value's place.</summary>
    public void Become(LooseJson other) => (_leaf, Items, Fields) = (other._leaf, other.Items, other.Fields);

    public LooseJson Copy() => new()
    {
        _leaf = _leaf,
        Items = Items?.ConvertAll(item => item.Copy()),
        Fields = Fields?.ConvertAll(field => (field.Name, field.Value.Copy())),
    };

    /// <summary>Itself and all that is in it.</summary>
    public IEnumerable<LooseJson> All() =>
        ((IEnumerable<LooseJson>)[this]).Concat((Items ?? []).Concat((Fields ?? []).Select(field => field.Value)).SelectMany(inner => inner.All()));

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    /// <summary>The bytes of a text in which markers stand for what is no UTF-8.</summary>
    public static byte[] ToBytes(string text)
    {
        var bytes = new List<byte>(text.Length);
        var rest = text.AsSpan();
        while (rest.IndexOfAny(s_markers) is >= 0 and var at)
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(rest[..at].ToArray()));
            bytes.AddRange(s_notUtf8[rest[at] - NotUtf8[0]]);
            rest = rest[(at + 1)..];
        }

        bytes.AddRange(Encoding.UTF8.GetBytes(rest.ToArray()));
        return [.. bytes];
    }

    private void Write(StringBuilder text)
    {
        if (Items is null && Fields is null)
            text.Append(_leaf);
        else if (Items is not null)
            WriteAll(text, '[', Items, item => item.Write(text), ']');
        else
            WriteAll(text, '{', Fields!, field => field.Value.Write(text.Append(field.Name).Append(':')), '}');
    }

    private static void WriteAll<T>(StringBuilder text, char open, List<T> all, Action<T> write, char close)
    {
        text.Append(open);
        for (var i = 0; i < all.Count; i++)
        {
            if (i > 0)
                text.Append(',');
            write(all[i]);
        }

        text.Append(close);
    }
}
