using System.Globalization;

namespace Rlhf.Inference;

/// <summary>A bound of a number.</summary>
/// <param name="Value">The bound.</param>
/// <param name="Strict">Whether the bound itself is out.</param>
internal readonly record struct NumberBound(decimal Value, bool Strict);

/// <summary>
/// Numbers as they are written: with at most fifteen digits where a bound has to hold, so that whoever reads them as float64 finds them on the
/// same side of it, and with an exponent only where there is none.
/// </summary>
internal sealed class JsonNumbers(Grammar grammar)
{
    private const int Digits = 15;
    private const int FreeFraction = 6;
    private const decimal Largest = 999_999_999_999_999;
    private const int LargestDivisor = 100;
    private readonly Node _digit = grammar.Bytes(ByteSet.Between('0', '9'));

    /// <summary>Any number.</summary>
    public Node Any()
    {
        Node whole = grammar.Choice(grammar.Byte('0'), grammar.Sequence(grammar.Bytes(ByteSet.Between('1', '9')), grammar.Repeat(_digit, 0, Digits - 1)));
        Node fraction = grammar.Sequence(grammar.Byte('.'), grammar.Repeat(_digit, 1, FreeFraction));
        Node sign = grammar.Choice(grammar.Byte('+'), grammar.Byte('-'));
        Node exponent = grammar.Sequence(grammar.Choice(grammar.Byte('e'), grammar.Byte('E')), grammar.Optional(sign), grammar.Repeat(_digit, 1, 2));
        return grammar.Sequence(grammar.Optional(grammar.Byte('-')), whole, grammar.Sequence(grammar.Optional(fraction), grammar.Optional(exponent)));
    }

    /// <summary>Whole numbers within bounds that a number divides.</summary>
    /// <returns>Null where the divisor is too large.</returns>
    public Node? Integers(NumberBound? least, NumberBound? most, decimal divisor)
    {
        if (divisor > LargestDivisor)
            return null;
        decimal low = least is { } l ? (l.Strict ? Math.Floor(l.Value) + 1 : Math.Ceiling(l.Value)) : -Largest;
        decimal high = most is { } m ? (m.Strict ? Math.Ceiling(m.Value) - 1 : Math.Floor(m.Value)) : Largest;
        low = Math.Max(low, -Largest);
        high = Math.Min(high, Largest);
        return grammar.Choice(
            grammar.Sequence(grammar.Byte('-'), Magnitudes(Math.Max(1, -high), -low, (int)divisor)),
            Magnitudes(Math.Max(0, low), high, (int)divisor));
    }

    /// <summary>Numbers within bounds.</summary>
    /// <param name="least">The lower bound; null for none.</param>
    /// <param name="most">The upper bound; null for none.</param>
    /// <param name="fraction">The most digits after the point; null leaves it to the bounds.</param>
    public Node Decimals(NumberBound? least, NumberBound? most, int? fraction)
    {
        NumberBound low = least is { } l && l.Value >= -Largest ? l : new NumberBound(-Largest, false);
        NumberBound high = most is { } m && m.Value <= Largest ? m : new NumberBound(Largest, false);
        return low.Value > high.Value ? Node.Nothing : grammar.Choice(
            low.Value >= 0 ? Node.Nothing : grammar.Sequence(grammar.Byte('-'), FromZero(high.Value < 0 ? high with { Value = -high.Value } : new NumberBound(0, false), low with { Value = -low.Value }, fraction)),
            high.Value < 0 ? Node.Nothing : FromZero(low.Value > 0 || (low.Value == 0 && low.Strict) ? low : new NumberBound(0, false), high, fraction));
    }

    private Node FromZero(NumberBound low, NumberBound high, int? fraction)
    {
        if (low.Value > high.Value)
            return Node.Nothing;
        (string lowWhole, string lowFraction) = Split(low.Value);
        (string highWhole, string highFraction) = Split(high.Value);
        int places = fraction ?? Math.Max(Math.Clamp(Digits - highWhole.Length, 0, FreeFraction), Math.Max(lowFraction.Length, highFraction.Length));
        var from = new Edge(lowFraction, low.Strict);
        var to = new Edge(highFraction, high.Strict);
        decimal first = Math.Floor(low.Value);
        decimal last = Math.Floor(high.Value);
        if (first == last)
            return grammar.Sequence(Magnitudes(first, first, 1), Fraction(from, to, places));
        return grammar.Choice(
            grammar.Sequence(Magnitudes(first, first, 1), Fraction(from, null, places)),
            grammar.Sequence(Magnitudes(first + 1, last - 1, 1), Fraction(null, null, places)),
            grammar.Sequence(Magnitudes(last, last, 1), Fraction(null, to, places)));
    }

    // What may stand after the whole part, the point included.
    private Node Fraction(Edge? from, Edge? to, int places)
    {
        Node digits = places == 0 ? Node.Nothing : Fractions(from, to, places, begun: false, []);
        return grammar.Choice(grammar.Sequence(grammar.Byte('.'), digits), Holds(from, to) ? Node.End : Node.Nothing);
    }

    private Node Fractions(Edge? from, Edge? to, int left, bool begun, Dictionary<(Edge?, Edge?, int), Node> known)
    {
        if (begun && from is null && to is null)
            return grammar.Repeat(_digit, 0, left);
        if (begun && known.TryGetValue((from, to, left), out Node? same))
            return same;
        var options = new List<Node> { begun && Holds(from, to) ? Node.End : Node.Nothing };
        for (char digit = '0'; digit <= '9' && left > 0; digit++)
        {
            if (digit >= (from?.Digit ?? '0') && digit <= (to?.Digit ?? '9'))
            {
                Edge? nextFrom = from is { } f && f.Digit == digit ? f.Rest : null;
                Edge? nextTo = to is { } t && t.Digit == digit ? t.Rest : null;
                options.Add(grammar.Sequence(grammar.Byte(digit), Fractions(nextFrom, nextTo, left - 1, begun: true, known)));
            }
        }

        return known[(from, to, left)] = grammar.Choice([.. options]);
    }

    // Whether zeros alone from here on are within both edges.
    private static bool Holds(Edge? from, Edge? to) => (from is not { } low || (low.IsZero && !low.Strict)) && (to is not { } high || !high.IsZero || !high.Strict);

    private Node Magnitudes(decimal low, decimal high, int divisor)
    {
        var options = new List<Node>();
        decimal smallest = 0;
        decimal next = 10;
        while (smallest <= high)
        {
            (decimal from, decimal to) = (Math.Max(low, smallest), Math.Min(high, next - 1));
            if (from <= to)
                options.Add(WholeDigits(Text(from), Text(to), Text(to).Length, 0, divisor, []));
            (smallest, next) = (next, next * 10);
        }

        return grammar.Choice([.. options]);
    }

    // So many digits, from those of one number to those of another, which end in a multiple. Null is an edge that the digits before have left.
    private Node WholeDigits(string? from, string? to, int left, int remainder, int divisor, Dictionary<(string?, string?, int, int), Node> known)
    {
        if (left == 0)
            return remainder == 0 ? Node.End : Node.Nothing;
        if (from is null && to is null && divisor == 1)
            return grammar.Repeat(_digit, left, left);
        if (known.TryGetValue((from, to, left, remainder), out Node? same))
            return same;
        var options = new List<Node>();
        for (char digit = from?[0] ?? '0'; digit <= (to?[0] ?? '9'); digit++)
        {
            string? nextFrom = from is not null && from[0] == digit ? from[1..] : null;
            string? nextTo = to is not null && to[0] == digit ? to[1..] : null;
            options.Add(grammar.Sequence(grammar.Byte(digit), WholeDigits(nextFrom, nextTo, left - 1, ((remainder * 10) + digit - '0') % divisor, divisor, known)));
        }

        return known[(from, to, left, remainder)] = grammar.Choice([.. options]);
    }

    private static (string Whole, string Fraction) Split(decimal value)
    {
        string[] parts = value.ToString(CultureInfo.InvariantCulture).Split('.');
        return (parts[0], parts.Length == 1 ? "" : parts[1].TrimEnd('0'));
    }

    private static string Text(decimal whole) => whole.ToString("F0", CultureInfo.InvariantCulture);

    /// <summary>Digits of a bound that those written so far agree with.</summary>
    private readonly record struct Edge(string Digits, bool Strict)
    {
        public char Digit => Digits.Length == 0 ? '0' : Digits[0];

        public Edge Rest => Digits.Length == 0 ? this : new Edge(Digits[1..], Strict);

        public bool IsZero => Digits.All(digit => digit == '0');
    }
}
