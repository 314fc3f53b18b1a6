namespace Rlhf.Inference.Jinja;

/// <summary>Names and what they stand for; a loop's body and a macro have one of their own within the template's.</summary>
internal sealed class Scope(Scope? outer = null)
{
    private readonly Dictionary<string, object?> _values = [];

    public object? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._values.TryGetValue(name, out object? value))
                return value;
        }

        return Functions.Find(name) is { } function ? function : new Undefined(name);
    }

    public Scope? Outer => outer;

    public void Set(string name, object? value) => _values[name] = value;
}

/// <summary>What a name stands for that nothing was given to.</summary>
/// <param name="Name">As errors show it.</param>
internal sealed record Undefined(string Name);

/// <summary>What <c>namespace()</c> makes: its fields may be set from within loops.</summary>
internal sealed class Namespace
{
    public Dictionary<string, object?> Fields { get; } = [];
}

/// <summary>Something that can be called.</summary>
/// <param name="Name">As errors show it.</param>
/// <param name="Call">What it does.</param>
internal sealed record Callable(string Name, Func<Arguments, object?> Call);

/// <summary>What a call is given.</summary>
/// <param name="Positional">By place.</param>
/// <param name="Named">By name.</param>
internal sealed record Arguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    public static Arguments None { get; } = new([], new Dictionary<string, object?>());

    public bool Has(int index, string name) => index < Positional.Count || Named.ContainsKey(name);

    public object? Value(int index, string name, object? otherwise = null) =>
        index < Positional.Count ? Positional[index] : Named.TryGetValue(name, out object? value) ? value : otherwise;

    public JinjaText Text(int index, string name) => Value(index, name) as JinjaText
        ?? throw new JinjaException($"'{name}' must be a string, not {Values.Kind(Value(index, name))}");

    public string? OptionalText(int index, string name) => Value(index, name) is null ? null : Text(index, name).Value;

    public long Integer(int index, string name, long otherwise) => Value(index, name, otherwise) switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        var other => throw new JinjaException($"'{name}' must be a whole number, not {Values.Kind(other)}"),
    };
}

/// <summary>A list that is shown in parentheses.</summary>
internal sealed class Tuple(IEnumerable<object?> items) : List<object?>(items);
