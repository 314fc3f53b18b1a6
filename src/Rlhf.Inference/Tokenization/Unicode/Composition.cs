using System.Globalization;
using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// Unicode's normalisation form C (UAX #15). Its own, because without ICU, as this program runs, .NET leaves every string as it is.
/// </summary>
internal static class Composition
{
    private const int HangulFirst = 0xAC00;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TrailBefore = 0x11A7;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int HangulCount = 19 * Vowels * Trails;

    // Below it every character is composed already and combines with nothing before it.
    private const char FirstOfInterest = '\u0300';

    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int, int), int> Compositions = [];

    static Composition()
    {
        using Stream stream = typeof(Composition).Assembly.GetManifestResourceStream("composition.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            int mark = line.AsSpan().IndexOfAny(":=!");
            if (line[0] != '#')
                Add(line, mark);
        }
    }

    /// <summary>The text in form C; the same string where it is in that form by its first look.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstOfInterest, char.MaxValue))
            return text;
        var points = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(rune.Value, points);
        Order(points);
        Compose(points);
        var composed = new StringBuilder(text.Length);
        foreach (int point in points)
            composed.Append(new Rune(point));
        return composed.ToString();
    }

    private static void Add(string line, int mark)
    {
        if (line[mark] == ':')
        {
            int[] run = Points(line[..mark], '-');
            for (int point = run[0]; point <= run[1]; point++)
                Classes.Add(point, byte.Parse(line.AsSpan(mark + 1), CultureInfo.InvariantCulture));
            return;
        }

        int whole = Points(line[..mark], ' ')[0];
        int[] parts = Points(line[(mark + 1)..], ' ');
        Decompositions.Add(whole, parts);
        if (line[mark] == '=')
            Compositions.Add((parts[0], parts[1]), whole);
    }

    private static int[] Points(string text, char separator) =>
        [.. text.Split(separator).Select(point => int.Parse(point, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private static void Decompose(int point, List<int> points)
    {
        int syllable = point - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            points.Add(LeadFirst + (syllable / (Vowels * Trails)));
            points.Add(VowelFirst + (syllable % (Vowels * Trails) / Trails));
            if (syllable % Trails > 0)
                points.Add(TrailBefore + (syllable % Trails));
        }
        else if (Decompositions.TryGetValue(point, out int[]? parts))
        {
            foreach (int part in parts)
                Decompose(part, points);
        }
        else
        {
            points.Add(point);
        }
    }

    // Marks behind a base stand by their class; those of one class keep their order.
    private static void Order(List<int> points)
    {
        for (int start = 0; start < points.Count;)
        {
            int end = start;
            while (end < points.Count && Class(points[end]) > 0)
                end++;
            if (end - start > 1)
            {
                int[] marks = [.. points[start..end].OrderBy(Class)];
                for (int i = 0; i < marks.Length; i++)
                    points[start + i] = marks[i];
            }

            start = end + 1;
        }
    }

    // A mark joins the base before it unless one of its own class, or another base, stands between.
    private static void Compose(List<int> points)
    {
        int count = 0;
        int starter = -1;
        int lastClass = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i];
            int own = Class(point);
            bool adjacent = starter == count - 1;
            if (starter >= 0 && (adjacent || lastClass < own) && Pair(points[starter], point) is { } whole)
            {
                points[starter] = whole;
                continue;
            }

            if (own == 0)
                starter = count;
            lastClass = own;
            points[count++] = point;
        }

        points.RemoveRange(count, points.Count - count);
    }

    private static int? Pair(int first, int second)
    {
        int lead = first - LeadFirst;
        int vowel = second - VowelFirst;
        if (lead is >= 0 and < 19 && vowel is >= 0 and < Vowels)
            return HangulFirst + (((lead * Vowels) + vowel) * Trails);
        int syllable = first - HangulFirst;
        int trail = second - TrailBefore;
        if (syllable is >= 0 and < HangulCount && syllable % Trails == 0 && trail is > 0 and < Trails)
            return first + trail;
        return Compositions.TryGetValue((first, second), out int whole) ? whole : null;
    }

    private static int Class(int point) => Classes.GetValueOrDefault(point);
}
