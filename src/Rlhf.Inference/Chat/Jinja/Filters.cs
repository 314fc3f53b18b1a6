using System.Globalization;

namespace Rlhf.Inference.Jinja;

/// <summary>What stands behind a <c>|</c>.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<object?, Arguments, object?>> All = new()
    {
        ["trim"] = (value, given) => Values.Text(value).Trim(given.OptionalText(0, "chars"), left: true, right: true),
        ["upper"] = (value, _) => Values.Text(value).With(Values.Text(value).Value.ToUpperInvariant()),
        ["lower"] = (value, _) => Values.Text(value).With(Values.Text(value).Value.ToLowerInvariant()),
        ["capitalize"] = (value, _) => TextMethods.Capitalised(Values.Text(value)),
        ["title"] = (value, _) => TextMethods.Titled(Values.Text(value)),
        ["replace"] = (value, given) => Values.Text(value).Replace(given.Text(0, "old").Value, given.Text(1, "new")),
        ["string"] = (value, _) => Values.Text(value),
        ["safe"] = (value, _) => value,
        ["format"] = (value, given) => Format(Values.Text(value), given.Positional),
        ["indent"] = Indented,
        ["length"] = (value, _) => Values.Length(value),
        ["count"] = (value, _) => Values.Length(value),
        ["default"] = Default,
        ["d"] = Default,
        ["tojson"] = (value, given) => JsonText.Write(value, given.Value(0, "indent") is null ? null : (int)given.Integer(0, "indent", 0)),
        ["int"] = (value, given) => Integer(value, given),
        ["float"] = (value, _) => value is JinjaText text ? double.Parse(text.Value, CultureInfo.InvariantCulture) : Values.AsDouble(value),
        ["abs"] = (value, _) => value is long number ? (object)Math.Abs(number) : Math.Abs(Values.AsDouble(value)),
        ["list"] = (value, _) => Values.Items(value).ToList(),
        ["items"] = (value, _) => value is Dictionary<string, object?> map ? MapMethods.Items(map) : value is Undefined ? [] : throw new JinjaException($"{Values.Kind(value)} is no map"),
        ["first"] = (value, _) => Values.Items(value).FirstOrDefault(new Undefined("the first of nothing")),
        ["last"] = (value, _) => Values.Items(value).LastOrDefault(new Undefined("the last of nothing")),
        ["reverse"] = (value, _) => value is JinjaText text ? JinjaText.Join(JinjaText.Empty, Values.Items(text).Reverse().Cast<JinjaText>()) : Values.Items(value).Reverse().ToList(),
        ["join"] = (value, given) => JinjaText.Join(Values.Text(given.Value(0, "d", JinjaText.Empty)), Picked(value, given, 1).Select(Values.Text)),
        ["map"] = Map,
        ["sort"] = (value, given) => Sorted(value, given),
        ["unique"] = (value, _) => Values.Items(value).Aggregate(new List<object?>(), (list, item) => list.Any(other => Values.AreEqual(other, item)) ? list : [.. list, item]),
        ["select"] = (value, given) => Chosen(value, given, attribute: false, keep: true),
        ["reject"] = (value, given) => Chosen(value, given, attribute: false, keep: false),
        ["selectattr"] = (value, given) => Chosen(value, given, attribute: true, keep: true),
        ["rejectattr"] = (value, given) => Chosen(value, given, attribute: true, keep: false),
        ["sum"] = (value, given) => Picked(value, given, 0).Aggregate((object?)0L, (sum, item) => Operators.Apply("+", sum, item)),
        ["min"] = (value, _) => Values.Items(value).Aggregate((least, item) => Values.Compare(item, least) < 0 ? item : least),
        ["max"] = (value, _) => Values.Items(value).Aggregate((most, item) => Values.Compare(item, most) > 0 ? item : most),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static object? Apply(string name, object? value, Arguments given) => All[name](value, given);

    /// <summary>Python's <c>%</c> on strings, with %s, %d and %%.</summary>
    public static JinjaText Format(JinjaText pattern, IReadOnlyList<object?> values)
    {
        var parts = new List<JinjaText>();
        int start = 0;
        int used = 0;
        for (int at = pattern.Value.IndexOf('%'); at >= 0; at = pattern.Value.IndexOf('%', start))
        {
            parts.Add(pattern.Slice(start, at));
            char kind = at + 1 < pattern.Length ? pattern.Value[at + 1] : '\0';
            if (kind is not ('s' or 'd' or '%') || (kind != '%' && used == values.Count))
                throw new JinjaException($"the format '{pattern.Value}' is not supported with {values.Count} values; supported are %s, %d and %%");
            parts.Add(kind == '%' ? new JinjaText("%") : Values.Text(values[used++]));
            start = at + 2;
        }

        return JinjaText.Join(JinjaText.Empty, [.. parts, pattern.Slice(start, pattern.Length)]);
    }

    private static object? Default(object? value, Arguments given) =>
        value is Undefined || (Values.IsTrue(given.Value(1, "boolean", false)) && !Values.IsTrue(value)) ? given.Value(0, "default_value", JinjaText.Empty) : value;

    private static object Integer(object? value, Arguments given) => value switch
    {
        JinjaText text => long.TryParse(text.Value, CultureInfo.InvariantCulture, out long number) ? number : given.Integer(0, "default", 0),
        long number => number,
        _ => (long)Values.AsDouble(value),
    };

    private static JinjaText Indented(object? value, Arguments given)
    {
        var space = new JinjaText(given.Value(0, "width", 4L) is JinjaText own ? own.Value : new string(' ', (int)given.Integer(0, "width", 4)));
        bool first = Values.IsTrue(given.Value(1, "first", false));
        bool blank = Values.IsTrue(given.Value(2, "blank", false));
        IEnumerable<JinjaText> lines = Values.Text(value).Split("\n", -1)
            .Select((line, i) => (i == 0 ? first : blank || line.Length > 0) ? JinjaText.Join(JinjaText.Empty, [space, line]) : line);
        return JinjaText.Join(new JinjaText("\n"), lines);
    }

    // The items, or of each the attribute that is asked for.
    private static IEnumerable<object?> Picked(object? value, Arguments given, int index) =>
        given.Value(index, "attribute") is JinjaText attribute ? Values.Items(value).Select(item => Path(item, attribute.Value)) : Values.Items(value);

    private static object? Path(object? item, string path) => path.Split('.').Aggregate(item, (inner, name) => Values.Item(inner, new JinjaText(name)));

    private static List<object?> Map(object? value, Arguments given)
    {
        if (given.Named.ContainsKey("attribute"))
        {
            object? otherwise = given.Value(int.MaxValue, "default", new Undefined("attribute"));
            return [.. Picked(value, given, int.MaxValue).Select(item => item is Undefined ? otherwise : item)];
        }

        string filter = given.Text(0, "filter").Value;
        if (!All.TryGetValue(filter, out Func<object?, Arguments, object?>? apply))
            throw new JinjaException($"the filter '{filter}' is not supported");
        var rest = new Arguments([.. given.Positional.Skip(1)], given.Named);
        return [.. Values.Items(value).Select(item => apply(item, rest))];
    }

    private static List<object?> Sorted(object? value, Arguments given)
    {
        string? attribute = given.OptionalText(2, "attribute");
        IOrderedEnumerable<object?> sorted = Values.Items(value).Order(Comparer<object?>.Create((a, b) => Values.Compare(Key(a), Key(b))));
        return Values.IsTrue(given.Value(0, "reverse", false)) ? [.. sorted.Reverse()] : [.. sorted];

        object? Key(object? item)
        {
            object? key = attribute is null ? item : Path(item, attribute);
            return key is JinjaText text ? text.With(text.Value.ToLowerInvariant()) : key;
        }
    }

    private static List<object?> Chosen(object? value, Arguments given, bool attribute, bool keep)
    {
        int at = attribute ? 1 : 0;
        string? test = given.OptionalText(at, "test");
        if (test is not null && !Checks.Names.Contains(test))
            throw new JinjaException($"the test '{test}' is not supported");
        var rest = new Arguments([.. given.Positional.Skip(at + 1)], given.Named);
        return [.. Values.Items(value).Where(item =>
        {
            object? part = attribute ? Path(item, given.Text(0, "attribute").Value) : item;
            return (test is null ? Values.IsTrue(part) : Checks.Apply(test, part, rest)) == keep;
        })];
    }
}
