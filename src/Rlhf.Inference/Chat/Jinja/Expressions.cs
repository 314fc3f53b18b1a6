namespace Rlhf.Inference.Jinja;

/// <summary>A part of a template that has a value.</summary>
internal abstract record Expression(int Line)
{
    /// <summary>The value; errors name the line.</summary>
    public object? Value(Scope scope)
    {
        try
        {
            return Evaluate(scope);
        }
        catch (JinjaException e) when (!e.Raised && !e.Message.StartsWith("line ", StringComparison.Ordinal))
        {
            throw new JinjaException(e.Message, Line);
        }
    }

    protected abstract object? Evaluate(Scope scope);
}

internal sealed record Constant(int Line, object? Content) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Content;
}

internal sealed record Name(int Line, string Text) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => scope.Find(Text);
}

internal sealed record ListDisplay(int Line, IReadOnlyList<Expression> Items) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Items.Select(item => item.Value(scope)).ToList();
}

/// <summary>A list in parentheses; it differs from a list in how it is shown only.</summary>
internal sealed record TupleDisplay(int Line, IReadOnlyList<Expression> Items) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => new Tuple(Items.Select(item => item.Value(scope)));
}

internal sealed record MapDisplay(int Line, IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression(Line)
{
    protected override object? Evaluate(Scope scope)
    {
        var map = new Dictionary<string, object?>();
        foreach ((Expression key, Expression value) in Items)
            map[key.Value(scope) is JinjaText name ? name.Value : throw new JinjaException("a map's keys must be strings")] = value.Value(scope);
        return map;
    }
}

internal sealed record Attribute(int Line, Expression Of, string Field) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Values.Attribute(Of.Value(scope), Field);
}

internal sealed record Item(int Line, Expression Of, Expression Key) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Values.Item(Of.Value(scope), Key.Value(scope));
}

internal sealed record Slice(int Line, Expression Of, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line)
{
    protected override object? Evaluate(Scope scope)
    {
        object? of = Of.Value(scope);
        int length = (int)Values.Length(of);
        long step = Number(Step) ?? 1;
        if (step == 0)
            throw new JinjaException("a slice's step is 0");
        if (of is not (JinjaText or List<object?>))
            throw new JinjaException($"{Values.Kind(of)} cannot be sliced");
        // Python's rules: negative places count from the end, and what lies outside is cut.
        long start = Bound(Number(Start), step > 0 ? 0 : length - 1);
        long stop = Bound(Number(Stop), step > 0 ? length : -1);
        if (of is JinjaText text && step == 1)
            return text.Slice((int)Math.Min(start, length), (int)Math.Max(Math.Min(start, length), stop));
        var places = new List<int>();
        for (long at = start; step > 0 ? at < stop : at > stop; at += step)
            places.Add((int)at);
        return of is JinjaText whole
            ? JinjaText.Join(JinjaText.Empty, places.Select(at => whole.Slice(at, at + 1)))
            : places.Select(at => ((List<object?>)of)[at]).ToList();

        long Bound(long? given, long otherwise)
        {
            if (given is not { } place)
                return otherwise;
            if (place < 0)
                place += length;
            return step > 0 ? Math.Clamp(place, 0, length) : Math.Clamp(place, -1, length - 1);
        }

        long? Number(Expression? part) => part?.Value(scope) switch
        {
            null => null,
            long number => number,
            var other => throw new JinjaException($"a slice needs whole numbers, not {Values.Kind(other)}"),
        };
    }
}

internal sealed record Call(int Line, Expression Function, ArgumentList Given) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Function.Value(scope) switch
    {
        Callable callable => callable.Call(Given.Evaluate(scope)),
        Undefined missing => throw new JinjaException($"the function '{missing.Name}' is not supported; supported are {Functions.Names}, and strings' and maps' own"),
        var other => throw new JinjaException($"{Values.Kind(other)} cannot be called"),
    };
}

internal sealed record Filtered(int Line, Expression Of, string Filter, ArgumentList Given) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Filters.Apply(Filter, Of.Value(scope), Given.Evaluate(scope));
}

internal sealed record Tested(int Line, Expression Of, string Test, ArgumentList Given) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Checks.Apply(Test, Of.Value(scope), Given.Evaluate(scope));
}

internal sealed record Negation(int Line, Expression Of) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => !Values.IsTrue(Of.Value(scope));
}

internal sealed record Minus(int Line, Expression Of) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Of.Value(scope) is long number ? (object)-number : -Values.AsDouble(Of.Value(scope));
}

internal sealed record Binary(int Line, string Operator, Expression Left, Expression Right) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) => Operators.Apply(Operator, Left.Value(scope), Right.Value(scope));
}

/// <summary>Both or either, as Python has it: the value that decided.</summary>
internal sealed record Logical(int Line, bool Both, Expression Left, Expression Right) : Expression(Line)
{
    protected override object? Evaluate(Scope scope)
    {
        object? left = Left.Value(scope);
        return Values.IsTrue(left) == Both ? Right.Value(scope) : left;
    }
}

internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Operator, Expression Other)> Rest) : Expression(Line)
{
    protected override object? Evaluate(Scope scope)
    {
        object? left = First.Value(scope);
        foreach ((string name, Expression other) in Rest)
        {
            object? right = other.Value(scope);
            bool holds = name switch
            {
                "==" => Values.AreEqual(left, right),
                "!=" => !Values.AreEqual(left, right),
                "in" => Values.Contains(right, left),
                "not in" => !Values.Contains(right, left),
                "<" => Values.Compare(left, right) < 0,
                "<=" => Values.Compare(left, right) <= 0,
                ">" => Values.Compare(left, right) > 0,
                _ => Values.Compare(left, right) >= 0,
            };
            if (!holds)
                return false;
            left = right;
        }

        return true;
    }
}

internal sealed record Conditional(int Line, Expression Condition, Expression Then, Expression? Otherwise) : Expression(Line)
{
    protected override object? Evaluate(Scope scope) =>
        Values.IsTrue(Condition.Value(scope)) ? Then.Value(scope) : Otherwise is null ? new Undefined("the missing else") : Otherwise.Value(scope);
}

/// <summary>What a call is given, not yet evaluated.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static ArgumentList None { get; } = new([], []);

    public Arguments Evaluate(Scope scope) => Positional.Count + Named.Count == 0 ? Arguments.None
        : new Arguments([.. Positional.Select(value => value.Value(scope))], Named.ToDictionary(pair => pair.Name, pair => pair.Value.Value(scope)));
}
