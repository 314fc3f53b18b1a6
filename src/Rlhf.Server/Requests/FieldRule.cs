using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>What JSON a field takes.</summary>
internal enum FieldKind
{
    Any,
    Text,
    Number,
    Integer,
    Flag,
    List,
    Map,
    Object,
}

/// <summary>What a field of a typed request takes, as its type and the attributes of <c>System.ComponentModel.DataAnnotations</c> say it.</summary>
internal sealed class FieldRule
{
    private static readonly ConcurrentDictionary<JsonPropertyInfo, FieldRule> Known = new();
    private readonly RangeAttribute? _range;
    private readonly string[]? _allowed;
    private readonly RegularExpressionAttribute? _pattern;

    private FieldRule(Type type, JsonSerializerOptions options, object[] attributes)
    {
        Type = Nullable.GetUnderlyingType(type) ?? type;
        _range = attributes.OfType<RangeAttribute>().FirstOrDefault();
        _allowed = attributes.OfType<AllowedValuesAttribute>().FirstOrDefault()?.Values.OfType<string>().ToArray();
        _pattern = attributes.OfType<RegularExpressionAttribute>().FirstOrDefault();
        Shortest = attributes.OfType<MinLengthAttribute>().FirstOrDefault()?.Length ?? 0;
        Longest = attributes.OfType<MaxLengthAttribute>().FirstOrDefault()?.Length ?? int.MaxValue;
        var contract = options.GetTypeInfo(Type);
        Kind = Type == typeof(string) ? FieldKind.Text
            : Type == typeof(double) ? FieldKind.Number
            : Type == typeof(int) || Type == typeof(long) ? FieldKind.Integer
            : Type == typeof(bool) ? FieldKind.Flag
            : contract.Kind == JsonTypeInfoKind.Enumerable ? FieldKind.List
            : contract.Kind == JsonTypeInfoKind.Dictionary ? FieldKind.Map
            : contract.Kind == JsonTypeInfoKind.Object ? FieldKind.Object
            : FieldKind.Any;
        if (Kind == FieldKind.Map)
        {
            Element = new FieldRule(contract.ElementType!, options, [.. attributes.OfType<RangeAttribute>()]);
        }

        if (Kind == FieldKind.List)
        {
            Element = new FieldRule(contract.ElementType!, options, []);
            Text = attributes.OfType<OrTextAttribute>().FirstOrDefault() is { } text ? new FieldRule(typeof(string), options, [new MaxLengthAttribute(text.Longest)]) : null;
        }
    }

    public Type Type { get; }

    public FieldKind Kind { get; }

    /// <summary>The fewest characters, elements or entries.</summary>
    public int Shortest { get; }

    /// <summary>The most characters, elements or entries.</summary>
    public int Longest { get; }

    /// <summary>What the elements of a list, or the values of a map, take.</summary>
    public FieldRule? Element { get; }

    /// <summary>What a text in a list's place takes; null where none may be there.</summary>
    public FieldRule? Text { get; }

    /// <summary>Whether a text may stand in the list's place.</summary>
    public bool OrText => Text is not null;

    /// <summary>What would be right, to stand behind "must be".</summary>
    public string Expected => Kind switch
    {
        FieldKind.Text when _allowed is not null => $"one of {string.Join(", ", _allowed)}",
        FieldKind.Text => _pattern?.ErrorMessage ?? "a text",
        FieldKind.Number => $"a number{Bounds}",
        FieldKind.Integer => $"a whole number{Bounds}",
        FieldKind.Flag => "true or false",
        FieldKind.List => (OrText ? "a text or a list" : "a list") + (Longest == int.MaxValue ? "" : Shortest > 0 ? $" of {Shortest} to {Longest:N0} elements" : $" of at most {Longest:N0} elements"),
        _ => "an object",
    };

    private string Bounds => _range switch
    {
        null => "",
        { Maximum: int.MaxValue } => $" of at least {_range.Minimum}",
        _ => $" from {_range.Minimum} to {_range.Maximum}",
    };

    public static FieldRule Of(JsonPropertyInfo field) => Known.GetOrAdd(
        field, static field => new FieldRule(field.PropertyType, field.Options, field.AttributeProvider?.GetCustomAttributes(inherit: true) ?? []));

    public bool Holds(double number) => number >= Least(double.NegativeInfinity) && number <= Most(double.PositiveInfinity);

    public bool Holds(long number) => number >= Least(long.MinValue) && number <= Most(long.MaxValue);

    public bool Holds(string text) =>
        (_allowed is null || _allowed.Contains(text)) && (_pattern is null || (Regex.Match(text, _pattern.Pattern) is { Success: true } match && match.Length == text.Length));

    /// <summary>Says that a field must be there.</summary>
    public RefusedException Missing(string name) =>
        Refuse.Invalid($"'{name}' is missing{(Shortest > 0 ? " or empty" : "")}; it must be {Expected}.", name);

    private T Least<T>(T otherwise) => _range is null ? otherwise : (T)Convert.ChangeType(_range.Minimum, typeof(T), CultureInfo.InvariantCulture);

    private T Most<T>(T otherwise) => _range is null ? otherwise : (T)Convert.ChangeType(_range.Maximum, typeof(T), CultureInfo.InvariantCulture);
}
