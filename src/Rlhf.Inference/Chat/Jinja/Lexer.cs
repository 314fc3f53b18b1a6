using System.Globalization;
using System.Text;

namespace Rlhf.Inference.Jinja;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>Text outside of any tag.</summary>
    Text,

    /// <summary><c>{%</c></summary>
    BlockBegin,

    /// <summary><c>%}</c></summary>
    BlockEnd,

    /// <summary><c>{{</c></summary>
    OutputBegin,

    /// <summary><c>}}</c></summary>
    OutputEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A token and the line it stands in.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Line)
{
    public bool Is(string operatorOrName) => Kind is TokenKind.Operator or TokenKind.Name && Value == operatorOrName;
}

/// <summary>
/// Cuts a template into tokens, blanks around tags already taken away as <c>trim_blocks</c>, <c>lstrip_blocks</c> and the tags' own signs
/// have it.
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] Operators = ["//", "**", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;

    private Lexer(string source)
    {
        source = source.Replace("\r\n", "\n").Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
    }

    public static IReadOnlyList<Token> Read(string source)
    {
        var lexer = new Lexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        bool stripNext = false;
        bool trimNext = false;
        while (_at < _source.Length)
        {
            int tag = NextTag();
            Text(tag, stripNext, trimNext);
            if (tag == _source.Length)
                break;
            char kind = _source[tag + 1];
            Advance(tag + 2);
            char sign = _at < _source.Length ? _source[_at] : '\0';
            if (sign is '-' or '+')
                Advance(_at + 1);
            string end = kind switch { '%' => "%}", '{' => "}}", _ => "#}" };
            char endSign = kind == '#' ? Comment() : Tag(kind == '%', end);
            stripNext = endSign == '-';
            trimNext = kind != '{' && endSign != '+';
        }

        _tokens.Add(new Token(TokenKind.End, "the end", _line));
    }

    private int NextTag()
    {
        for (int at = _at; at + 1 < _source.Length; at++)
        {
            if (_source[at] == '{' && (_source[at + 1] is '%' or '{' or '#'))
                return at;
        }

        return _source.Length;
    }

    // The text up to a tag, without the blanks that the tags at its two ends take.
    private void Text(int tag, bool strip, bool trim)
    {
        int start = _at;
        int end = tag;
        if (strip)
        {
            while (start < end && char.IsWhiteSpace(_source[start]))
                start++;
        }
        else if (trim && start < end && _source[start] == '\n')
        {
            start++;
        }

        if (tag < _source.Length)
        {
            char sign = tag + 2 < _source.Length ? _source[tag + 2] : '\0';
            if (sign == '-')
            {
                while (end > start && char.IsWhiteSpace(_source[end - 1]))
                    end--;
            }
            else if (sign != '+' && _source[tag + 1] != '{')
            {
                int begin = end;
                while (begin > start && (_source[begin - 1] is ' ' or '\t'))
                    begin--;
                // Only where the tag is the first thing in its line.
                if (begin == 0 || _source[begin - 1] == '\n')
                    end = begin;
            }
        }

        if (end > start)
            _tokens.Add(new Token(TokenKind.Text, _source[start..end], _line));
        Advance(tag);
    }

    private char Comment()
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw new JinjaException("the comment is never closed", _line);
        char sign = end > _at ? _source[end - 1] : '\0';
        Advance(end + 2);
        return sign;
    }

    private char Tag(bool block, string end)
    {
        int opened = _line;
        _tokens.Add(new Token(block ? TokenKind.BlockBegin : TokenKind.OutputBegin, block ? "{%" : "{{", _line));
        int depth = 0;
        while (true)
        {
            while (_at < _source.Length && char.IsWhiteSpace(_source[_at]))
                Advance(_at + 1);
            if (_at >= _source.Length)
                throw new JinjaException($"the tag is never closed with '{end}'", opened);
            char sign = (_source[_at] is '-' or '+') && Starts(end, _at + 1) ? _source[_at] : '\0';
            // The brackets of a map may look like the end of an output.
            if (sign != '\0' || (depth == 0 && Starts(end, _at)))
            {
                Advance(_at + end.Length + (sign == '\0' ? 0 : 1));
                _tokens.Add(new Token(block ? TokenKind.BlockEnd : TokenKind.OutputEnd, end, _line));
                return sign;
            }

            Token token = Next();
            depth += token.Kind != TokenKind.Operator ? 0 : token.Value switch { "{" or "[" or "(" => 1, "}" or "]" or ")" => -1, _ => 0 };
            _tokens.Add(token);
        }
    }

    private Token Next()
    {
        char c = _source[_at];
        int start = _at;
        int line = _line;
        if (c is '\'' or '"')
            return new Token(TokenKind.String, String(c), line);
        if (char.IsLetter(c) || c == '_')
        {
            while (_at < _source.Length && (char.IsLetterOrDigit(_source[_at]) || _source[_at] == '_'))
                Advance(_at + 1);
            return new Token(TokenKind.Name, _source[start.._at], line);
        }

        if (char.IsAsciiDigit(c))
        {
            bool fraction = false;
            while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || (!fraction && _source[_at] == '.' && _at + 1 < _source.Length && char.IsAsciiDigit(_source[_at + 1]))))
            {
                fraction |= _source[_at] == '.';
                Advance(_at + 1);
            }

            return new Token(fraction ? TokenKind.Float : TokenKind.Integer, _source[start.._at], line);
        }

        string found = Operators.FirstOrDefault(text => Starts(text, start))
            ?? throw new JinjaException($"'{c}' is not understood", line);
        Advance(_at + found.Length);
        return new Token(TokenKind.Operator, found, line);
    }

    private string String(char quote)
    {
        int line = _line;
        var value = new StringBuilder();
        for (Advance(_at + 1); _at < _source.Length && _source[_at] != quote; Advance(_at + 1))
        {
            if (_source[_at] != '\\' || _at + 1 == _source.Length)
            {
                value.Append(_source[_at]);
                continue;
            }

            Advance(_at + 1);
            _ = _source[_at] switch
            {
                'n' => value.Append('\n'),
                't' => value.Append('\t'),
                'r' => value.Append('\r'),
                'x' => value.Append(Code(2)),
                'u' => value.Append(Code(4)),
                '\\' or '\'' or '"' => value.Append(_source[_at]),
                '\n' => value,
                var other => value.Append('\\').Append(other),
            };
        }

        if (_at >= _source.Length)
            throw new JinjaException("the string is never closed", line);
        Advance(_at + 1);
        return value.ToString();
    }

    private char Code(int digits)
    {
        if (_at + digits >= _source.Length || !ushort.TryParse(_source.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, null, out ushort code))
            throw new JinjaException($"'\\{_source[_at]}' needs {digits} hexadecimal digits", _line);
        Advance(_at + digits);
        return (char)code;
    }

    private bool Starts(string text, int at) => string.CompareOrdinal(_source, at, text, 0, text.Length) == 0;

    private void Advance(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _at = to;
    }
}
