using System.Globalization;

namespace Rlhf.Inference.Jinja;

/// <summary>
/// What Python's values do in a template. They are <see langword="null"/>, bool, long, double, <see cref="JinjaText"/>, lists of objects,
/// maps from strings, and <see cref="Undefined"/>.
/// </summary>
internal static class Values
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        JinjaText text => text.Length > 0,
        List<object?> list => list.Count > 0,
        Dictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    /// <summary>As <c>{{ }}</c> shows it.</summary>
    public static JinjaText Text(object? value) => value as JinjaText ?? (value switch
    {
        Undefined => JinjaText.Empty,
        _ => Shown(value),
    });

    /// <summary>As Python's repr has it.</summary>
    public static JinjaText Shown(object? value) => value switch
    {
        null => new JinjaText("None"),
        bool flag => new JinjaText(flag ? "True" : "False"),
        long number => new JinjaText(number.ToString(CultureInfo.InvariantCulture)),
        double number => new JinjaText(Number(number)),
        JinjaText text => Quoted(text),
        Tuple tuple => JinjaText.Join(JinjaText.Empty, [new JinjaText("("), JinjaText.Join(new JinjaText(", "), tuple.Select(Shown)), new JinjaText(tuple.Count == 1 ? ",)" : ")")]),
        List<object?> list => JinjaText.Join(JinjaText.Empty, [new JinjaText("["), JinjaText.Join(new JinjaText(", "), list.Select(Shown)), new JinjaText("]")]),
        Dictionary<string, object?> map => JinjaText.Join(JinjaText.Empty, [
            new JinjaText("{"),
            JinjaText.Join(new JinjaText(", "), map.Select(entry => JinjaText.Join(new JinjaText(": "), [Shown(new JinjaText(entry.Key)), Shown(entry.Value)]))),
            new JinjaText("}")]),
        Undefined => new JinjaText("Undefined"),
        _ => throw new JinjaException($"{Kind(value)} cannot be shown"),
    };

    public static string Number(double number)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return double.IsFinite(number) && !text.AsSpan().ContainsAny(".E") ? text + ".0" : text;
    }

    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (JinjaText one, JinjaText other) => one.Value == other.Value,
        (List<object?> one, List<object?> other) => one.Count == other.Count && one.Zip(other).All(pair => AreEqual(pair.First, pair.Second)),
        (Dictionary<string, object?> one, Dictionary<string, object?> other) =>
            one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out object? value) && AreEqual(entry.Value, value)),
        (Undefined, Undefined) => true,
        _ => IsNumber(a) && IsNumber(b) ? AsDouble(a) == AsDouble(b) : ReferenceEquals(a, b),
    };

    public static int Compare(object? a, object? b) => (a, b) switch
    {
        (JinjaText one, JinjaText other) => string.CompareOrdinal(one.Value, other.Value),
        _ when IsNumber(a) && IsNumber(b) => AsDouble(a).CompareTo(AsDouble(b)),
        _ => throw new JinjaException($"{Kind(a)} and {Kind(b)} have no order"),
    };

    /// <summary>What a loop goes over: a list's items, a map's keys, a string's characters.</summary>
    public static IEnumerable<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        Dictionary<string, object?> map => map.Keys.Select(key => new JinjaText(key)),
        JinjaText text => Enumerable.Range(0, text.Length).Select(i => text.Slice(i, i + 1)),
        Undefined => [],
        _ => throw new JinjaException($"{Kind(value)} has no items to go over"),
    };

    public static long Length(object? value) => value switch
    {
        JinjaText text => text.Length,
        List<object?> list => list.Count,
        Dictionary<string, object?> map => map.Count,
        Undefined => 0,
        _ => throw new JinjaException($"{Kind(value)} has no length"),
    };

    public static bool Contains(object? container, object? item) => container switch
    {
        JinjaText text => item is JinjaText part ? text.Value.Contains(part.Value, StringComparison.Ordinal) : throw new JinjaException($"a string holds strings, not {Kind(item)}"),
        List<object?> list => list.Any(other => AreEqual(other, item)),
        Dictionary<string, object?> map => item is JinjaText key && map.ContainsKey(key.Value),
        Undefined => false,
        _ => throw new JinjaException($"{Kind(container)} holds nothing that 'in' could find"),
    };

    /// <summary><c>value.name</c>: a method, a field or an item.</summary>
    public static object? Attribute(object? value, string name) => value switch
    {
        Dictionary<string, object?> map => MapMethods.Find(map, name) ?? (map.TryGetValue(name, out object? item) ? item : new Undefined(name)),
        JinjaText text => TextMethods.Find(text, name) ?? (object)new Undefined(name),
        Namespace space => space.Fields.TryGetValue(name, out object? field) ? field : new Undefined(name),
        Loop loop => loop.Field(name),
        Undefined missing => throw new JinjaException($"'{missing.Name}' is undefined, so it has no '{name}'"),
        _ => new Undefined(name),
    };

    /// <summary><c>value[key]</c>.</summary>
    public static object? Item(object? value, object? key) => (value, key) switch
    {
        (Dictionary<string, object?> map, JinjaText name) => map.TryGetValue(name.Value, out object? item) ? item : new Undefined(name.Value),
        (List<object?> list, long index) => Within(index, list.Count) is { } at ? list[at] : new Undefined($"item {index}"),
        (JinjaText text, long index) => Within(index, text.Length) is { } at ? text.Slice(at, at + 1) : new Undefined($"character {index}"),
        (Undefined missing, _) => throw new JinjaException($"'{missing.Name}' is undefined, so it has no items"),
        (_, JinjaText name) => Attribute(value, name.Value),
        _ => new Undefined(Text(key).Value),
    };

    public static string Kind(object? value) => value switch
    {
        null => "none",
        Undefined undefined => $"'{undefined.Name}', which is undefined,",
        bool => "a boolean",
        long or double => "a number",
        JinjaText => "a string",
        List<object?> => "a list",
        Dictionary<string, object?> => "a map",
        Callable callable => $"the function '{callable.Name}'",
        _ => "an object",
    };

    public static bool IsNumber(object? value) => value is long or double or bool;

    public static double AsDouble(object? value) => value switch { long number => number, double number => number, bool flag => flag ? 1 : 0, _ => throw new JinjaException($"a number is needed, not {Kind(value)}") };

    private static int? Within(long index, int count)
    {
        long at = index < 0 ? index + count : index;
        return at >= 0 && at < count ? (int)at : null;
    }

    private static JinjaText Quoted(JinjaText text)
    {
        char quote = text.Value.Contains('\'') && !text.Value.Contains('"') ? '"' : '\'';
        string escaped = text.Value.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t");
        return JinjaText.Join(text.With(quote == '\'' ? escaped.Replace("'", "\\'") : escaped), [new JinjaText(quote.ToString()), new JinjaText(quote.ToString())]);
    }
}
