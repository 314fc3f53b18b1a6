using System.Globalization;

namespace Rlhf.Inference.Jinja;

/// <summary>Reads expressions, the loosest binding first: if-else, or, and, not, comparison, sum, ~, product, power, sign, filter and test.</summary>
internal sealed class ExpressionParser(IReadOnlyList<Token> tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Where the parser stands; statements move it, too.</summary>
    public int At { get; set; }

    public Token Current => tokens[Math.Min(At, tokens.Count - 1)];

    public Token Take()
    {
        Token token = Current;
        At++;
        return token;
    }

    public bool TakeIf(string operatorOrName)
    {
        if (!Current.Is(operatorOrName))
            return false;
        At++;
        return true;
    }

    public void Expect(string operatorOrName)
    {
        if (!TakeIf(operatorOrName))
            throw new JinjaException($"'{operatorOrName}' is expected, not '{Current.Value}'", Current.Line);
    }

    public string ExpectName() => Current.Kind == TokenKind.Name ? Take().Value : throw new JinjaException($"a name is expected, not '{Current.Value}'", Current.Line);

    /// <summary>An expression; several with commas between them are a tuple.</summary>
    public Expression ParseTuple()
    {
        Expression first = Parse();
        if (!Current.Is(","))
            return first;
        var items = new List<Expression> { first };
        while (TakeIf(",") && Current.Kind is not (TokenKind.BlockEnd or TokenKind.OutputEnd) && !Current.Is(")"))
            items.Add(Parse());
        return new TupleDisplay(first.Line, items);
    }

    public Expression Parse()
    {
        Expression value = ParseOr();
        while (Current.Is("if"))
        {
            int line = Take().Line;
            Expression condition = ParseOr();
            value = new Conditional(line, condition, value, TakeIf("else") ? Parse() : null);
        }

        return value;
    }

    /// <summary>Without if-else, as what a loop goes over.</summary>
    public Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (Current.Is("or"))
            left = new Logical(Take().Line, Both: false, left, ParseAnd());
        return left;
    }

    public ArgumentList ParseArguments()
    {
        Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!TakeIf(")"))
        {
            if (Current.Kind == TokenKind.Name && At + 1 < tokens.Count && tokens[At + 1].Is("="))
            {
                string name = Take().Value;
                Take();
                named.Add((name, Parse()));
            }
            else
            {
                positional.Add(Parse());
            }

            if (!Current.Is(")"))
                Expect(",");
        }

        return new ArgumentList(positional, named);
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (Current.Is("and"))
            left = new Logical(Take().Line, Both: true, left, ParseNot());
        return left;
    }

    private Expression ParseNot() => Current.Is("not") ? new Negation(Take().Line, ParseNot()) : ParseComparison();

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Comparisons.Contains(Current.Value))
                rest.Add((Take().Value, ParseSum()));
            else if (TakeIf("in"))
                rest.Add(("in", ParseSum()));
            else if (Current.Is("not") && tokens[At + 1].Is("in"))
            {
                At += 2;
                rest.Add(("not in", ParseSum()));
            }
            else
                return rest.Count == 0 ? first : new Comparison(first.Line, first, rest);
        }
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseBinary(ParseProduct, "~");

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseBinary(() => ParseSigned(filters: true), "**");

    private Expression ParseBinary(Func<Expression> operand, params string[] operators)
    {
        Expression left = operand();
        while (Current.Kind == TokenKind.Operator && operators.Contains(Current.Value))
        {
            Token token = Take();
            left = new Binary(token.Line, token.Value, left, operand());
        }

        return left;
    }

    private Expression ParseSigned(bool filters)
    {
        Expression value;
        if (Current.Is("-"))
            value = new Minus(Take().Line, ParseSigned(filters: false));
        else if (TakeIf("+"))
            value = ParseSigned(filters: false);
        else
            value = ParsePostfix(ParsePrimary());
        return filters ? ParseFilters(value) : value;
    }

    private Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (TakeIf("|"))
            {
                Token name = Take();
                Known(Filters.Names, "filter", name);
                value = new Filtered(name.Line, value, name.Value, Current.Is("(") ? ParseArguments() : ArgumentList.None);
            }
            else if (TakeIf("is"))
            {
                value = ParseTest(value);
            }
            else if (Current.Is("(") || Current.Is(".") || Current.Is("["))
            {
                value = ParsePostfix(value);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseTest(Expression value)
    {
        bool negated = TakeIf("not");
        Token name = Take();
        Known(Checks.Names, "test", name);
        ArgumentList given = ArgumentList.None;
        if (Current.Is("("))
            given = ParseArguments();
        else if (Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || Current.Is("[") || Current.Is("{")
            || (Current.Kind == TokenKind.Name && Current.Value is not ("else" or "or" or "and" or "is" or "if" or "in" or "not")))
            given = new ArgumentList([ParsePostfix(ParsePrimary())], []);
        Expression test = new Tested(name.Line, value, name.Value, given);
        return negated ? new Negation(name.Line, test) : test;
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int line = Current.Line;
            if (TakeIf("."))
                value = Current.Kind == TokenKind.Integer
                    ? new Item(line, value, new Constant(line, long.Parse(Take().Value, CultureInfo.InvariantCulture)))
                    : new Attribute(line, value, ExpectName());
            else if (TakeIf("["))
                value = ParseSubscript(value, line);
            else if (Current.Is("("))
                value = new Call(line, value, ParseArguments());
            else
                return value;
        }
    }

    private Expression ParseSubscript(Expression value, int line)
    {
        Expression? start = Current.Is(":") ? null : Parse();
        if (TakeIf("]"))
            return new Item(line, value, start!);
        Expect(":");
        Expression? stop = Current.Is(":") || Current.Is("]") ? null : Parse();
        Expression? step = TakeIf(":") && !Current.Is("]") ? Parse() : null;
        Expect("]");
        return new Slice(line, value, start, stop, step);
    }

    private Expression ParsePrimary()
    {
        Token token = Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new Constant(token.Line, true),
                    "false" or "False" => new Constant(token.Line, false),
                    "none" or "None" => new Constant(token.Line, null),
                    _ => new Name(token.Line, token.Value),
                };
            case TokenKind.String:
                string text = token.Value;
                while (Current.Kind == TokenKind.String)
                    text += Take().Value;
                return new Constant(token.Line, new JinjaText(text));
            case TokenKind.Integer:
                return new Constant(token.Line, long.TryParse(token.Value, CultureInfo.InvariantCulture, out long number) ? number : throw new JinjaException($"{token.Value} is too large", token.Line));
            case TokenKind.Float:
                return new Constant(token.Line, double.Parse(token.Value, CultureInfo.InvariantCulture));
        }

        if (token.Is("("))
        {
            if (TakeIf(")"))
                return new TupleDisplay(token.Line, []);
            Expression inner = ParseTuple();
            Expect(")");
            return inner;
        }

        if (token.Is("["))
            return new ListDisplay(token.Line, ParseItems("]", Parse));
        if (token.Is("{"))
        {
            return new MapDisplay(token.Line, ParseItems("}", () =>
            {
                Expression key = Parse();
                Expect(":");
                return (key, Parse());
            }));
        }

        throw new JinjaException($"a value is expected, not '{token.Value}'", token.Line);
    }

    private List<T> ParseItems<T>(string end, Func<T> item)
    {
        var items = new List<T>();
        while (!TakeIf(end))
        {
            items.Add(item());
            if (!Current.Is(end))
                Expect(",");
        }

        return items;
    }

    private static void Known(IEnumerable<string> names, string what, Token name)
    {
        if (!names.Contains(name.Value))
            throw new JinjaException($"the {what} '{name.Value}' is not supported; supported are {string.Join(", ", names.Order(StringComparer.Ordinal))}", name.Line);
    }
}
