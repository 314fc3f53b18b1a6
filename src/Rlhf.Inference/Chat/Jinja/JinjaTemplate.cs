namespace Rlhf.Inference.Jinja;

/// <summary>
/// A template in the part of Jinja that chat templates use, set up as Hugging Face's tools do (<c>trim_blocks</c>, <c>lstrip_blocks</c>).
/// Safe for concurrent use.
/// </summary>
internal sealed class JinjaTemplate
{
    private readonly Block _body;

    /// <exception cref="JinjaException">Something is not understood; the message names the line and what is supported.</exception>
    public JinjaTemplate(string source) => _body = StatementParser.Parse(Lexer.Read(source));

    /// <summary>Renders it.</summary>
    /// <exception cref="JinjaException">The template raised an exception, or something in it does not work.</exception>
    public JinjaText Render(IReadOnlyDictionary<string, object?> variables)
    {
        var scope = new Scope();
        foreach ((string name, object? value) in variables)
            scope.Set(name, value);
        return _body.Render(scope);
    }
}
