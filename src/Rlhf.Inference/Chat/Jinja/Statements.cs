namespace Rlhf.Inference.Jinja;

/// <summary>What a loop does next.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>A part of a template that writes, or sets a name.</summary>
internal abstract record Statement(int Line)
{
    public abstract Flow Run(Scope scope, JinjaTextBuilder output);
}

internal sealed record Text(int Line, string Content) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        output.Append(Content);
        return Flow.Next;
    }
}

internal sealed record Output(int Line, Expression Content) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        output.Append(Values.Text(Content.Value(scope)));
        return Flow.Next;
    }
}

internal sealed record Block(int Line, IReadOnlyList<Statement> Parts) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        foreach (Statement part in Parts)
        {
            if (part.Run(scope, output) is var flow and not Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    /// <summary>What the block writes, on its own.</summary>
    public JinjaText Render(Scope scope)
    {
        var output = new JinjaTextBuilder();
        Run(scope, output);
        return output.ToText();
    }
}

internal sealed record If(int Line, IReadOnlyList<(Expression? Condition, Block Body)> Branches) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        foreach ((Expression? condition, Block body) in Branches)
        {
            if (condition is null || Values.IsTrue(condition.Value(scope)))
                return body.Run(scope, output);
        }

        return Flow.Next;
    }
}

internal sealed record For(int Line, IReadOnlyList<string> Targets, Expression Of, Expression? Condition, Block Body, Block? Otherwise) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        var scopes = new List<(object? Item, Scope Inner)>();
        foreach (object? item in Items(scope))
        {
            var inner = new Scope(scope);
            SetName.Assign(inner, Targets, item, Line);
            if (Condition is null || Values.IsTrue(Condition.Value(inner)))
                scopes.Add((item, inner));
        }

        var loop = new Loop([.. scopes.Select(entry => entry.Item)]);
        foreach ((_, Scope inner) in scopes)
        {
            inner.Set("loop", loop);
            if (Body.Run(inner, output) == Flow.Break)
                break;
            loop.Index++;
        }

        return scopes.Count == 0 && Otherwise is not null ? Otherwise.Run(scope, output) : Flow.Next;
    }

    private List<object?> Items(Scope scope)
    {
        try
        {
            return [.. Values.Items(Of.Value(scope))];
        }
        catch (JinjaException e) when (!e.Raised && !e.Message.StartsWith("line ", StringComparison.Ordinal))
        {
            throw new JinjaException(e.Message, Line);
        }
    }
}

internal sealed record Jump(int Line, Flow Where) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output) => Where;
}

internal sealed record SetName(int Line, IReadOnlyList<string> Targets, Expression Content) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        Assign(scope, Targets, Content.Value(scope), Line);
        return Flow.Next;
    }

    public static void Assign(Scope scope, IReadOnlyList<string> targets, object? value, int line)
    {
        if (targets.Count == 1)
        {
            scope.Set(targets[0], value);
            return;
        }

        if (value is not List<object?> list || list.Count != targets.Count)
            throw new JinjaException($"{Values.Kind(value)} does not give {string.Join(", ", targets)} a value each", line);
        for (int i = 0; i < targets.Count; i++)
            scope.Set(targets[i], list[i]);
    }
}

internal sealed record SetField(int Line, string Target, string Field, Expression Content) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        if (scope.Find(Target) is not Namespace space)
            throw new JinjaException($"'{Target}' is no namespace, so '{Target}.{Field}' cannot be set", Line);
        space.Fields[Field] = Content.Value(scope);
        return Flow.Next;
    }
}

internal sealed record SetBlock(int Line, string Target, Block Body) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        scope.Set(Target, Body.Render(new Scope(scope)));
        return Flow.Next;
    }
}

internal sealed record Macro(int Line, string Called, IReadOnlyList<(string Name, Expression? Default)> Parameters, Block Body) : Statement(Line)
{
    public override Flow Run(Scope scope, JinjaTextBuilder output)
    {
        scope.Set(Called, new Callable(Called, given => Invoke(scope, given)));
        return Flow.Next;
    }

    private JinjaText Invoke(Scope scope, Arguments given)
    {
        if (given.Positional.Count > Parameters.Count || given.Named.Keys.FirstOrDefault(name => Parameters.All(parameter => parameter.Name != name)) is { })
            throw new JinjaException($"the macro '{Called}' takes {string.Join(", ", Parameters.Select(parameter => parameter.Name))}");
        var inner = new Scope(scope);
        for (int i = 0; i < Parameters.Count; i++)
        {
            (string name, Expression? otherwise) = Parameters[i];
            inner.Set(name, given.Has(i, name) ? given.Value(i, name) : otherwise is null ? new Undefined(name) : otherwise.Value(inner));
        }

        return Body.Render(inner);
    }
}
