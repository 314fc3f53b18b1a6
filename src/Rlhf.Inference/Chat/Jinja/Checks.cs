namespace Rlhf.Inference.Jinja;

/// <summary>What stands behind an <c>is</c>.</summary>
internal static class Checks
{
    private static readonly Dictionary<string, Func<object?, Arguments, bool>> All = new()
    {
        ["defined"] = (value, _) => value is not Undefined,
        ["undefined"] = (value, _) => value is Undefined,
        ["none"] = (value, _) => value is null,
        ["true"] = (value, _) => value is true,
        ["false"] = (value, _) => value is false,
        ["boolean"] = (value, _) => value is bool,
        ["string"] = (value, _) => value is JinjaText,
        ["number"] = (value, _) => Values.IsNumber(value),
        ["integer"] = (value, _) => value is long,
        ["float"] = (value, _) => value is double,
        ["mapping"] = (value, _) => value is Dictionary<string, object?>,
        ["iterable"] = (value, _) => value is JinjaText or List<object?> or Dictionary<string, object?> or Undefined,
        ["sequence"] = (value, _) => value is JinjaText or List<object?> or Dictionary<string, object?> or Undefined,
        ["callable"] = (value, _) => value is Callable,
        ["odd"] = (value, _) => (long)Operators.Apply("%", value, 2L)! == 1,
        ["even"] = (value, _) => (long)Operators.Apply("%", value, 2L)! == 0,
        ["divisibleby"] = (value, given) => (long)Operators.Apply("%", value, given.Integer(0, "num", 1))! == 0,
        ["lower"] = (value, _) => Values.Text(value).Value is var text && text == text.ToLowerInvariant() && text.Any(char.IsLetter),
        ["upper"] = (value, _) => Values.Text(value).Value is var text && text == text.ToUpperInvariant() && text.Any(char.IsLetter),
        ["in"] = (value, given) => Values.Contains(given.Value(0, "seq"), value),
        ["sameas"] = (value, given) => value is bool or null ? Equals(value, given.Value(0, "other")) : ReferenceEquals(value, given.Value(0, "other")),
        ["equalto"] = Equal,
        ["eq"] = Equal,
        ["ne"] = (value, given) => !Equal(value, given),
        ["lt"] = (value, given) => Values.Compare(value, given.Value(0, "other")) < 0,
        ["le"] = (value, given) => Values.Compare(value, given.Value(0, "other")) <= 0,
        ["gt"] = (value, given) => Values.Compare(value, given.Value(0, "other")) > 0,
        ["ge"] = (value, given) => Values.Compare(value, given.Value(0, "other")) >= 0,
    };

    public static IEnumerable<string> Names => All.Keys;

    public static bool Apply(string name, object? value, Arguments given) => All[name](value, given);

    private static bool Equal(object? value, Arguments given) => Values.AreEqual(value, given.Value(0, "other"));
}
