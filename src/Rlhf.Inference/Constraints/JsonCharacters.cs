using System.Text;

namespace Rlhf.Inference;

/// <summary>Code points from one to another, both included.</summary>
internal readonly record struct CodePoints(int First, int Last);

/// <summary>
/// Characters as they stand in a JSON string: as they are in UTF-8 where they may, escaped where they have to be. No character has two
/// spellings, so that as many characters as a schema allows are as many steps, and half of a surrogate pair has none.
/// </summary>
internal static class JsonCharacters
{
    private const int Control = 0x20;
    private const int Surrogates = 0xD800;
    private const int AfterSurrogates = 0xE000;
    private static readonly CodePoints[] Everything = [new(0, 0x10FFFF)];

    /// <summary>Any character.</summary>
    public static Node Any(Grammar grammar) => Of(grammar, Everything);

    /// <summary>Any text, without its quotation marks.</summary>
    public static Node AnyText(Grammar grammar) => grammar.Repeat(Any(grammar), 0, int.MaxValue);

    /// <summary>A text between quotation marks.</summary>
    public static Node Quoted(Grammar grammar, Node text) => grammar.Sequence(grammar.Byte('"'), text, grammar.Byte('"'));

    /// <summary>Any text but these, without its quotation marks.</summary>
    public static Node AnyTextBut(Grammar grammar, IReadOnlyCollection<int[]> excluded, int at = 0)
    {
        if (excluded.Count == 0)
            return AnyText(grammar);
        var options = new List<Node>();
        var others = new List<CodePoints>(Everything);
        foreach (IGrouping<int, int[]> group in excluded.Where(text => text.Length > at).GroupBy(text => text[at]))
        {
            options.Add(grammar.Sequence(Of(grammar, [new(group.Key, group.Key)]), AnyTextBut(grammar, [.. group], at + 1)));
            others = Without(others, [new(group.Key, group.Key)]);
        }

        options.Add(grammar.Sequence(Of(grammar, others), AnyText(grammar)));
        if (excluded.All(text => text.Length > at))
            options.Add(Node.End);
        return grammar.Choice([.. options]);
    }

    /// <summary>One character of these.</summary>
    public static Node Of(Grammar grammar, IEnumerable<CodePoints> ranges)
    {
        var options = new List<Node>();
        CodePoints[] all = [.. ranges];
        foreach (CodePoints raw in Without(all, [new(0, Control - 1), new('"', '"'), new('\\', '\\'), new(Surrogates, AfterSurrogates - 1)]))
            options.AddRange(Utf8(grammar, raw));
        foreach (int escaped in Enumerable.Range(0, Control).Append('"').Append('\\'))
        {
            if (Array.Exists(all, range => range.First <= escaped && escaped <= range.Last))
                options.Add(grammar.Literal(Encoding.ASCII.GetBytes(Escape(escaped)), Node.End));
        }

        return grammar.Choice([.. options]);
    }

    /// <summary>Those that are not taken away.</summary>
    public static List<CodePoints> Without(IEnumerable<CodePoints> ranges, IEnumerable<CodePoints> taken)
    {
        List<CodePoints> left = [.. ranges];
        foreach (CodePoints gap in taken)
        {
            left = [.. left.SelectMany(range => (CodePoints[])
            [
                new(range.First, Math.Min(range.Last, gap.First - 1)),
                new(Math.Max(range.First, gap.Last + 1), range.Last),
            ]).Where(range => range.First <= range.Last).Distinct()];
        }

        return left;
    }

    private static string Escape(int character) => character switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        '\b' => @"\b",
        '\f' => @"\f",
        '\n' => @"\n",
        '\r' => @"\r",
        '\t' => @"\t",
        _ => $@"\u{character:x4}",
    };

    private static IEnumerable<Node> Utf8(Grammar grammar, CodePoints range)
    {
        foreach (CodePoints length in (CodePoints[])[new(0, 0x7F), new(0x80, 0x7FF), new(0x800, 0xFFFF), new(0x10000, 0x10FFFF)])
        {
            var within = new CodePoints(Math.Max(range.First, length.First), Math.Min(range.Last, length.Last));
            if (within.First <= within.Last)
                yield return Between(grammar, Bytes(within.First), Bytes(within.Last));
        }
    }

    // Strings of bytes of one length, from one to another; all but the first byte are continuations, 80 to BF.
    private static Node Between(Grammar grammar, ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
    {
        if (first.Length == 1)
            return grammar.Bytes(ByteSet.Between(first[0], last[0]));
        ReadOnlySpan<byte> lowest = [0x80, 0x80, 0x80];
        ReadOnlySpan<byte> highest = [0xBF, 0xBF, 0xBF];
        int rest = first.Length - 1;
        lowest = lowest[..rest];
        highest = highest[..rest];
        if (first[0] == last[0])
            return grammar.Sequence(grammar.Bytes(ByteSet.Of(first[0])), Between(grammar, first[1..], last[1..]));
        bool wholeFirst = first[1..].SequenceEqual(lowest);
        bool wholeLast = last[1..].SequenceEqual(highest);
        return grammar.Choice(
            wholeFirst ? Node.Nothing : grammar.Sequence(grammar.Bytes(ByteSet.Of(first[0])), Between(grammar, first[1..], highest)),
            grammar.Sequence(grammar.Bytes(ByteSet.Between(wholeFirst ? first[0] : first[0] + 1, wholeLast ? last[0] : last[0] - 1)), Between(grammar, lowest, highest)),
            wholeLast ? Node.Nothing : grammar.Sequence(grammar.Bytes(ByteSet.Of(last[0])), Between(grammar, lowest, last[1..])));
    }

    private static byte[] Bytes(int character) => Encoding.UTF8.GetBytes(new Rune(character).ToString());
}
