using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>The identity of a grain: its type and its key, written <c>type/key</c>.</summary>
[GenerateSerializer, Immutable]
public readonly struct GrainId : IEquatable<GrainId>, IComparable<GrainId>, ISpanParsable<GrainId>
{
    private readonly GrainType _type;
    private readonly IdSpan _key;

    public GrainId(GrainType type, IdSpan key)
    {
        _type = type;
        _key = key;
    }

    public bool IsDefault => _type.IsDefault && _key.IsDefault;

    public IdSpan Key => _key;

    public GrainType Type => _type;

    public static GrainId Create(GrainType type, IdSpan key) => new(type, key);

    public static GrainId Create(GrainType type, string key) => new(type, IdSpan.Create(key));

    public static GrainId Create(string type, string key) => new(GrainType.Create(type), IdSpan.Create(key));

    public static GrainId Parse(string value) => TryParse(value, out var id)
        ? id
        : throw new FormatException($"\"{value}\" is no grain id; \"type/key\" is expected.");

    public static bool TryParse([NotNullWhen(true)] string? value, out GrainId result)
    {
        var slash = value?.IndexOf('/') ?? -1;
        result = slash >= 0 ? new(new(IdSpan.Create(value![..slash])), IdSpan.Create(value[(slash + 1)..])) : default;
        return slash >= 0;
    }

    static GrainId ISpanParsable<GrainId>.Parse(ReadOnlySpan<char> value, IFormatProvider? provider) => Parse(value.ToString());

    static bool ISpanParsable<GrainId>.TryParse(ReadOnlySpan<char> value, IFormatProvider? provider, out GrainId result) =>
        TryParse(value.ToString(), out result);

    static GrainId IParsable<GrainId>.Parse(string value, IFormatProvider? provider) => Parse(value);

    static bool IParsable<GrainId>.TryParse(string? value, IFormatProvider? provider, out GrainId result) => TryParse(value, out result);

    public bool Equals(GrainId other) => _key.Equals(other._key) && _type.Equals(other._type);

    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_type, _key);

    public uint GetUniformHashCode() => unchecked(_type.GetUniformHashCode() * 31 + _key.GetUniformHashCode());

    public int CompareTo(GrainId other)
    {
        var byType = _type.CompareTo(other._type);
        return byType != 0 ? byType : _key.CompareTo(other._key);
    }

    public override string ToString() => $"{_type}/{_key}";

    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);
}
