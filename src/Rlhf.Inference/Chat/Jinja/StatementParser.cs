namespace Rlhf.Inference.Jinja;

/// <summary>Reads a template's tags.</summary>
internal sealed class StatementParser
{
    private readonly ExpressionParser _expressions;

    private StatementParser(IReadOnlyList<Token> tokens) => _expressions = new ExpressionParser(tokens);

    private Token Current => _expressions.Current;

    public static Block Parse(IReadOnlyList<Token> tokens)
    {
        var parser = new StatementParser(tokens);
        Block block = parser.ParseUntil(1, []);
        return parser.Current.Kind == TokenKind.End ? block : throw new JinjaException($"'{parser.Current.Value}' is not expected here", parser.Current.Line);
    }

    // Stops behind the begin of a tag with one of the names; its name is then the current token.
    private Block ParseUntil(int line, string[] ends)
    {
        var parts = new List<Statement>();
        while (true)
        {
            Token token = Current;
            switch (token.Kind)
            {
                case TokenKind.End when ends.Length > 0:
                    throw new JinjaException($"'{ends[^1]}' is missing", line);
                case TokenKind.End:
                    return new Block(line, parts);
                case TokenKind.Text:
                    parts.Add(new Text(token.Line, _expressions.Take().Value));
                    break;
                case TokenKind.OutputBegin:
                    _expressions.Take();
                    parts.Add(new Output(token.Line, _expressions.ParseTuple()));
                    Close(TokenKind.OutputEnd);
                    break;
                default:
                    _expressions.Take();
                    if (ends.Contains(Current.Value))
                        return new Block(line, parts);
                    if (ParseTag() is { } statement)
                        parts.Add(statement);
                    break;
            }
        }
    }

    private Statement? ParseTag()
    {
        Token tag = _expressions.Take();
        switch (tag.Value)
        {
            case "if":
                return ParseIf(tag.Line);
            case "for":
                return ParseFor(tag.Line);
            case "set":
                return ParseSet(tag.Line);
            case "macro":
                return ParseMacro(tag.Line);
            case "generation":
                Close(TokenKind.BlockEnd);
                return Body(tag.Line, "endgeneration");
            case "break" or "continue":
                Close(TokenKind.BlockEnd);
                return new Jump(tag.Line, tag.Value == "break" ? Flow.Break : Flow.Continue);
            default:
                throw new JinjaException($"the tag '{tag.Value}' is not supported; supported are if, for, set, macro, generation, break and continue", tag.Line);
        }
    }

    private If ParseIf(int line)
    {
        var branches = new List<(Expression?, Block)>();
        Expression? condition = _expressions.ParseTuple();
        while (true)
        {
            Close(TokenKind.BlockEnd);
            Block body = ParseUntil(line, condition is null ? ["endif"] : ["elif", "else", "endif"]);
            branches.Add((condition, body));
            string end = _expressions.Take().Value;
            if (end == "endif")
                break;
            condition = end == "elif" ? _expressions.ParseTuple() : null;
        }

        Close(TokenKind.BlockEnd);
        return new If(line, branches);
    }

    private For ParseFor(int line)
    {
        IReadOnlyList<string> targets = Targets();
        _expressions.Expect("in");
        Expression of = _expressions.ParseOr();
        Expression? condition = _expressions.TakeIf("if") ? _expressions.Parse() : null;
        if (Current.Is("recursive"))
            throw new JinjaException("a recursive loop is not supported", line);
        Close(TokenKind.BlockEnd);
        Block body = ParseUntil(line, ["else", "endfor"]);
        Block? otherwise = null;
        if (_expressions.Take().Value == "else")
        {
            Close(TokenKind.BlockEnd);
            otherwise = Body(line, "endfor");
        }
        else
        {
            Close(TokenKind.BlockEnd);
        }

        return new For(line, targets, of, condition, body, otherwise);
    }

    private Statement ParseSet(int line)
    {
        IReadOnlyList<string> targets = Targets();
        if (_expressions.TakeIf("."))
        {
            string field = _expressions.ExpectName();
            _expressions.Expect("=");
            var set = new SetField(line, targets[0], field, _expressions.ParseTuple());
            Close(TokenKind.BlockEnd);
            return set;
        }

        if (_expressions.TakeIf("="))
        {
            var set = new SetName(line, targets, _expressions.ParseTuple());
            Close(TokenKind.BlockEnd);
            return set;
        }

        Close(TokenKind.BlockEnd);
        return new SetBlock(line, targets[0], Body(line, "endset"));
    }

    private Macro ParseMacro(int line)
    {
        string name = _expressions.ExpectName();
        _expressions.Expect("(");
        var parameters = new List<(string, Expression?)>();
        while (!_expressions.TakeIf(")"))
        {
            parameters.Add((_expressions.ExpectName(), _expressions.TakeIf("=") ? _expressions.Parse() : null));
            if (!Current.Is(")"))
                _expressions.Expect(",");
        }

        Close(TokenKind.BlockEnd);
        return new Macro(line, name, parameters, Body(line, "endmacro"));
    }

    private Block Body(int line, string end)
    {
        Block body = ParseUntil(line, [end]);
        _expressions.Take();
        // Jinja lets the name be said again.
        if (end == "endmacro" && Current.Kind == TokenKind.Name)
            _expressions.Take();
        Close(TokenKind.BlockEnd);
        return body;
    }

    private List<string> Targets()
    {
        bool parentheses = _expressions.TakeIf("(");
        var names = new List<string> { _expressions.ExpectName() };
        while (_expressions.TakeIf(","))
            names.Add(_expressions.ExpectName());
        if (parentheses)
            _expressions.Expect(")");
        return names;
    }

    private void Close(TokenKind end)
    {
        if (Current.Kind != end)
            throw new JinjaException($"'{(end == TokenKind.BlockEnd ? "%}" : "}}")}' is expected, not '{Current.Value}'", Current.Line);
        _expressions.Take();
    }
}
