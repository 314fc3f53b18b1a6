namespace Rlhf.Inference.Jinja;

/// <summary>The <c>loop</c> of a for: where it stands.</summary>
internal sealed class Loop(IReadOnlyList<object?> items)
{
    public int Index { get; set; }

    public object? Field(string name) => name switch
    {
        "index" => (long)Index + 1,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => (long)(items.Count - Index - 1),
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("loop.previtem"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined("loop.nextitem"),
        "cycle" => new Callable("loop.cycle", given => given.Positional[Index % given.Positional.Count]),
        _ => throw new JinjaException($"'loop.{name}' is not supported"),
    };
}
