namespace Rlhf.Inference.Jinja;

/// <summary>Arithmetic as Python has it.</summary>
internal static class Operators
{
    public static object? Apply(string name, object? a, object? b)
    {
        switch (name, a, b)
        {
            case ("~", _, _):
                return JinjaText.Join(JinjaText.Empty, [Values.Text(a), Values.Text(b)]);
            case ("+", JinjaText one, JinjaText other):
                return JinjaText.Join(JinjaText.Empty, [one, other]);
            case ("+", List<object?> one, List<object?> other):
                return new List<object?>([.. one, .. other]);
            case ("*", JinjaText text, long times):
                return JinjaText.Join(JinjaText.Empty, Enumerable.Repeat(text, (int)Math.Clamp(times, 0, 10_000)));
            case ("%", JinjaText pattern, _):
                return Filters.Format(pattern, b is List<object?> list ? list : [b]);
            case (_, long x, long y) when name != "/" && !(name == "**" && y < 0):
                return Whole(name, x, y);
        }

        if (!Values.IsNumber(a) || !Values.IsNumber(b))
            throw new JinjaException($"'{name}' does not go with {Values.Kind(a)} and {Values.Kind(b)}");
        double left = Values.AsDouble(a);
        double right = Values.AsDouble(b);
        if (right == 0 && (name is "/" or "//" or "%"))
            throw new JinjaException("division by zero");
        return name switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            "%" => left - (right * Math.Floor(left / right)),
            _ => Math.Pow(left, right),
        };
    }

    private static object Whole(string name, long a, long b)
    {
        if (b == 0 && (name is "//" or "%"))
            throw new JinjaException("division by zero");
        return name switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "//" => FloorDivide(a, b),
            "%" => a - (b * FloorDivide(a, b)),
            _ => (long)Math.Pow(a, b),
        };
    }

    private static long FloorDivide(long a, long b) => (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}
