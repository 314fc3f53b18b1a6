namespace Rlhf.Inference.Jinja;

/// <summary>Functions that templates may call.</summary>
internal static class Functions
{
    private static readonly Dictionary<string, Func<Arguments, object?>> All = new()
    {
        ["raise_exception"] = given => throw new JinjaException(Values.Text(given.Value(0, "message")).Value, raised: true),
        ["namespace"] = NewNamespace,
        ["dict"] = given => new Dictionary<string, object?>(given.Named),
        ["range"] = Range,
    };

    public static string Names => string.Join(", ", All.Keys);

    public static Callable? Find(string name) => All.TryGetValue(name, out Func<Arguments, object?>? call) ? new Callable(name, call) : null;

    private static Namespace NewNamespace(Arguments given)
    {
        var space = new Namespace();
        foreach ((string name, object? value) in given.Named)
            space.Fields[name] = value;
        return space;
    }

    private static List<object?> Range(Arguments given)
    {
        long start = given.Positional.Count > 1 ? given.Integer(0, "start", 0) : 0;
        long stop = given.Integer(given.Positional.Count > 1 ? 1 : 0, "stop", 0);
        long step = given.Integer(2, "step", 1);
        if (step == 0 || (stop - start) / step > 100_000)
            throw new JinjaException($"range({start}, {stop}, {step}) has no end or too many numbers");
        var numbers = new List<object?>();
        for (long number = start; step > 0 ? number < stop : number > stop; number += step)
            numbers.Add(number);
        return numbers;
    }
}
