using System.Globalization;
using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// Reads a schema's <c>pattern</c>: the regular part of ECMA-262, without lookarounds, backreferences, word boundaries and classes of Unicode
/// categories. Readers of patterns differ beyond ASCII and beyond the Basic Multilingual Plane; so <c>.</c> and negated classes stand for what
/// matches in each of them.
/// </summary>
internal sealed class PatternReader
{
    private const int MostTimes = 1000;
    private const int LastAscii = 0x7F;
    private static readonly CodePoints[] Digits = [new('0', '9')];
    private static readonly CodePoints[] Word = [new('0', '9'), new('A', 'Z'), new('_', '_'), new('a', 'z')];
    private static readonly CodePoints[] Space = [new('\t', '\r'), new(' ', ' ')];
    private static readonly CodePoints[] LineEnds = [new('\n', '\n'), new('\r', '\r'), new(0x2028, 0x2029)];
    private static readonly CodePoints[] Ascii = [new(0, LastAscii)];
    private static readonly CodePoints[] Plane = [new(0, 0xD7FF), new(0xE000, 0xFFFF)];

    private readonly Grammar _grammar;
    private readonly string _pattern;
    private int _at;
    private int _depth;

    private PatternReader(Grammar grammar, string pattern) => (_grammar, _pattern) = (grammar, pattern);

    /// <summary>The texts that a pattern matches, somewhere in them where it is not anchored, without quotation marks.</summary>
    /// <exception cref="FormatException">It is no pattern, or beyond the regular part; the message goes on after the pattern's name.</exception>
    public static Node Read(Grammar grammar, string pattern)
    {
        var reader = new PatternReader(grammar, pattern);
        Node whole = reader.Alternatives(outermost: true);
        return reader._at == pattern.Length ? whole : throw reader.Wrong("has a ')' without its '('");
    }

    private bool Done => _at == _pattern.Length;

    private char Here => _pattern[_at];

    private Node Alternatives(bool outermost)
    {
        if (++_depth > 100)
            throw Wrong("is nested too deep");
        var options = new List<Node>();
        do
            options.Add(Alternative(outermost));
        while (Take('|'));
        _depth--;
        return _grammar.Choice([.. options]);
    }

    private Node Alternative(bool outermost)
    {
        bool fromStart = outermost && Take('^');
        var parts = new List<Node>();
        bool toEnd = false;
        while (!Done && Here is not ('|' or ')'))
        {
            if (Here == '$' && outermost && (_at + 1 == _pattern.Length || _pattern[_at + 1] == '|'))
            {
                _at++;
                toEnd = true;
                break;
            }

            parts.Add(Quantified());
        }

        Node rest = toEnd || !outermost ? Node.End : JsonCharacters.AnyText(_grammar);
        for (int i = parts.Count - 1; i >= 0; i--)
            rest = _grammar.Sequence(parts[i], rest);
        return fromStart || !outermost ? rest : _grammar.Sequence(JsonCharacters.AnyText(_grammar), rest);
    }

    private Node Quantified()
    {
        Node atom = Atom();
        (int Least, int Most)? times = Take('*') ? (0, int.MaxValue) : Take('+') ? (1, int.MaxValue) : Take('?') ? (0, 1) : Counted();
        if (times is not { } count)
            return atom;
        Take('?'); // lazy: the same texts
        if (!Done && Here is '*' or '+')
            throw Wrong($"has a '{Here}' that repeats nothing");
        return _grammar.Repeat(atom, count.Least, count.Most);
    }

    // {n}, {n,} or {n,m}; any other brace stands for itself.
    private (int Least, int Most)? Counted()
    {
        int close = Done || Here != '{' ? -1 : _pattern.IndexOf('}', _at);
        if (close < 0)
            return null;
        string[] counts = _pattern[(_at + 1)..close].Split(',');
        if (counts.Length > 2 || !counts.All(count => count.All(char.IsAsciiDigit)) || counts[0].Length == 0)
            return null;
        if (counts.Any(count => count.Length > 0 && (count.Length > 4 || int.Parse(count, CultureInfo.InvariantCulture) > MostTimes)))
            throw Wrong($"repeats a part more than {MostTimes} times");
        int least = int.Parse(counts[0], CultureInfo.InvariantCulture);
        int most = counts.Length == 1 ? least : counts[1].Length == 0 ? int.MaxValue : int.Parse(counts[1], CultureInfo.InvariantCulture);
        if (most < least)
            throw Wrong($"has '{{{least},{most}}}', whose limits are the wrong way round");
        _at = close + 1;
        return (least, most);
    }

    private Node Atom()
    {
        switch (Here)
        {
            case '(':
                return Group();
            case '[':
                _at++;
                return Characters(Class());
            case '.':
                _at++;
                return Characters(JsonCharacters.Without(Plane, LineEnds));
            case '\\':
                return Characters(Escape(out _));
            case '^' or '$':
                throw Wrong($"has a '{Here}' elsewhere than at an alternative's end outside of groups");
            case '*' or '+' or '?':
                throw Wrong($"has a '{Here}' that repeats nothing");
            default:
                int character = CodePoint();
                return Characters([new(character, character)]);
        }
    }

    private Node Group()
    {
        _at++;
        if (Take('?'))
        {
            int name = _pattern.IndexOf('>', _at);
            if (!Done && Here == '<' && name > _at + 1 && _pattern[(_at + 1)..name].All(char.IsAsciiLetterOrDigit))
                _at = name + 1;
            else if (!Take(':'))
                throw Wrong("has a lookaround or another extension '(?…', which are not supported");
        }

        Node inner = Alternatives(outermost: false);
        return Take(')') ? inner : throw Wrong("has a '(' without its ')'");
    }

    private List<CodePoints> Class()
    {
        bool negated = Take('^');
        bool shorthand = false;
        var ranges = new List<CodePoints>();
        if (!Done && Here == ']')
            throw Wrong("has an empty '[]', which some readers take for the start of a longer class");
        while (!Take(']'))
        {
            if (Done)
                throw Wrong("has a '[' without its ']'");
            CodePoints[] first = Member(negated, out bool several);
            shorthand |= several;
            if (several || _at + 1 >= _pattern.Length || Here != '-' || _pattern[_at + 1] == ']')
            {
                ranges.AddRange(first);
                continue;
            }

            _at++;
            CodePoints[] last = Member(negated, out several);
            if (several || last[0].Last < first[0].First)
                throw Wrong("has a range in '[…]' whose ends are the wrong way round, or none");
            ranges.Add(new(first[0].First, last[0].Last));
        }

        return negated ? JsonCharacters.Without(shorthand ? Ascii : Plane, ranges) : ranges;
    }

    private CodePoints[] Member(bool negated, out bool several)
    {
        if (Here == '\\')
        {
            // \D and its like stand for ASCII alone, and what is not among them would be too much.
            if (negated && _at + 1 < _pattern.Length && _pattern[_at + 1] is 'D' or 'W' or 'S')
                throw Wrong($"has '\\{_pattern[_at + 1]}' in a negated class, which is not supported");
            return Escape(out several, inClass: true);
        }

        if (Here == '[')
            throw Wrong("has a '[' within '[…]'; write '\\['");
        several = false;
        int character = CodePoint();
        return [new(character, character)];
    }

    private CodePoints[] Escape(out bool several, bool inClass = false)
    {
        _at++;
        if (Done)
            throw Wrong("ends in a '\\'");
        char letter = _pattern[_at++];
        several = letter is 'd' or 'D' or 'w' or 'W' or 's' or 'S';
        return letter switch
        {
            'd' => Digits,
            'w' => Word,
            's' => Space,
            'D' => [.. JsonCharacters.Without(Ascii, Digits)],
            'W' => [.. JsonCharacters.Without(Ascii, Word)],
            'S' => [.. JsonCharacters.Without(Ascii, Space)],
            't' => One('\t'),
            'n' => One('\n'),
            'r' => One('\r'),
            'f' => One('\f'),
            'v' => One('\v'),
            '0' when Done || !char.IsAsciiDigit(Here) => One('\0'),
            'b' when inClass => One('\b'),
            'x' => One(Hex(2)),
            'u' => One(Hex(4)),
            _ when char.IsAscii(letter) && !char.IsAsciiLetterOrDigit(letter) => One(letter),
            _ => throw Wrong($"has '\\{letter}', which is not supported"),
        };

        static CodePoints[] One(int character) => [new(character, character)];
    }

    private int Hex(int digits)
    {
        if (_at + digits > _pattern.Length || !int.TryParse(_pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int character))
            throw Wrong($"has an escape without its {digits} hexadecimal digits");
        _at += digits;
        return char.IsSurrogate((char)character) ? throw Wrong("has half of a surrogate pair") : character;
    }

    private int CodePoint()
    {
        if (!Rune.TryGetRuneAt(_pattern, _at, out Rune rune))
            throw Wrong("is not valid Unicode text");
        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    private Node Characters(IEnumerable<CodePoints> ranges) => JsonCharacters.Of(_grammar, ranges);

    private bool Take(char character)
    {
        if (Done || Here != character)
            return false;
        _at++;
        return true;
    }

    private FormatException Wrong(string what) => new($"is '{_pattern}', which {what} (at {_at})");
}
