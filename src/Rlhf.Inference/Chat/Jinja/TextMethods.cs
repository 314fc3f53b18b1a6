using System.Globalization;

namespace Rlhf.Inference.Jinja;

/// <summary>The methods of Python's strings that templates use.</summary>
internal static class TextMethods
{
    private static readonly Dictionary<string, Func<JinjaText, Arguments, object?>> All = new()
    {
        ["strip"] = (text, given) => text.Trim(given.OptionalText(0, "chars"), left: true, right: true),
        ["lstrip"] = (text, given) => text.Trim(given.OptionalText(0, "chars"), left: true, right: false),
        ["rstrip"] = (text, given) => text.Trim(given.OptionalText(0, "chars"), left: false, right: true),
        ["split"] = (text, given) => text.Split(Separator(given), (int)given.Integer(1, "maxsplit", -1)).ToList<object?>(),
        ["splitlines"] = (text, _) => Lines(text),
        ["startswith"] = (text, given) => Any(given, part => text.Value.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (text, given) => Any(given, part => text.Value.EndsWith(part, StringComparison.Ordinal)),
        ["find"] = (text, given) => (long)text.Value.IndexOf(given.Text(0, "sub").Value, StringComparison.Ordinal),
        ["count"] = (text, given) => (long)text.Split(given.Text(0, "sub").Value, -1).Count() - 1,
        ["replace"] = (text, given) => text.Replace(given.Text(0, "old").Value, given.Text(1, "new")),
        ["removeprefix"] = (text, given) => text.Value.StartsWith(given.Text(0, "prefix").Value, StringComparison.Ordinal) ? text.Slice(given.Text(0, "prefix").Length, text.Length) : text,
        ["removesuffix"] = (text, given) => text.Value.EndsWith(given.Text(0, "suffix").Value, StringComparison.Ordinal) ? text.Slice(0, text.Length - given.Text(0, "suffix").Length) : text,
        ["upper"] = (text, _) => text.With(text.Value.ToUpperInvariant()),
        ["lower"] = (text, _) => text.With(text.Value.ToLowerInvariant()),
        ["capitalize"] = (text, _) => Capitalised(text),
        ["title"] = (text, _) => Titled(text),
        ["isdigit"] = (text, _) => text.Length > 0 && text.Value.All(char.IsDigit),
        ["join"] = (text, given) => JinjaText.Join(text, Values.Items(given.Value(0, "iterable")).Select(Values.Text)),
    };

    public static Callable? Find(JinjaText text, string name) =>
        All.TryGetValue(name, out Func<JinjaText, Arguments, object?>? method) ? new Callable(name, given => method(text, given)) : null;

    public static JinjaText Capitalised(JinjaText text) =>
        text.Length == 0 ? text : text.With(char.ToUpperInvariant(text.Value[0]) + text.Value[1..].ToLowerInvariant());

    /// <summary>Every word with a capital.</summary>
    public static JinjaText Titled(JinjaText text)
    {
        char[] letters = text.Value.ToCharArray();
        for (int i = 0; i < letters.Length; i++)
            letters[i] = i > 0 && char.IsLetter(letters[i - 1]) ? char.ToLower(letters[i], CultureInfo.InvariantCulture) : char.ToUpper(letters[i], CultureInfo.InvariantCulture);
        return text.With(new string(letters));
    }

    private static string? Separator(Arguments given)
    {
        string? separator = given.OptionalText(0, "sep");
        return separator?.Length == 0 ? throw new JinjaException("split has an empty separator") : separator;
    }

    private static bool Any(Arguments given, Func<string, bool> holds) =>
        given.Value(0, "prefix") is List<object?> list ? list.Any(part => holds(Values.Text(part).Value)) : holds(given.Text(0, "prefix").Value);

    private static List<object?> Lines(JinjaText text)
    {
        List<object?> lines = text.Split("\n", -1).ToList<object?>();
        if (lines[^1] is JinjaText { Length: 0 })
            lines.RemoveAt(lines.Count - 1);
        return lines;
    }
}

/// <summary>The methods of Python's maps that templates use.</summary>
internal static class MapMethods
{
    public static Callable? Find(Dictionary<string, object?> map, string name) => name switch
    {
        "items" => new Callable(name, _ => Items(map)),
        "keys" => new Callable(name, _ => map.Keys.Select(key => (object?)new JinjaText(key)).ToList()),
        "values" => new Callable(name, _ => map.Values.ToList()),
        "get" => new Callable(name, given => map.TryGetValue(given.Text(0, "key").Value, out object? value) ? value : given.Value(1, "default")),
        _ => null,
    };

    public static List<object?> Items(Dictionary<string, object?> map) => [.. map.Select(entry => new Tuple([new JinjaText(entry.Key), entry.Value]))];
}
