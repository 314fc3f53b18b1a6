namespace Rlhf.Inference.Jinja;

/// <summary>A stretch of a text that came in with a message.</summary>
/// <param name="Start">Its first unit.</param>
/// <param name="End">The unit behind its last.</param>
/// <param name="Source">Which message's.</param>
internal readonly record struct Mark(int Start, int End, int Source);

/// <summary>
/// A string that remembers which of its stretches are the template's own and which came in with a message, whatever is done to it. So the
/// rendered chat can be read for special tokens without reading any out of a user's text.
/// </summary>
internal sealed class JinjaText
{
    public JinjaText(string value, IReadOnlyList<Mark>? marks = null)
    {
        Value = value;
        Marks = marks ?? [];
    }

    public static JinjaText Empty { get; } = new("");

    public string Value { get; }

    /// <summary>In order, without overlap, none empty.</summary>
    public IReadOnlyList<Mark> Marks { get; }

    public int Length => Value.Length;

    /// <summary>A text that came in with a message.</summary>
    public static JinjaText From(string value, int source) => new(value, value.Length > 0 ? [new Mark(0, value.Length, source)] : []);

    public static JinjaText Join(JinjaText separator, IEnumerable<JinjaText> parts)
    {
        var builder = new JinjaTextBuilder();
        bool first = true;
        foreach (JinjaText part in parts)
        {
            if (!first)
                builder.Append(separator);
            builder.Append(part);
            first = false;
        }

        return builder.ToText();
    }

    public JinjaText Slice(int start, int end)
    {
        if (start == 0 && end == Length)
            return this;
        return new JinjaText(Value[start..end], Marks.Count == 0 ? [] : [.. Marks
            .Where(mark => mark.Start < end && start < mark.End)
            .Select(mark => new Mark(Math.Max(mark.Start, start) - start, Math.Min(mark.End, end) - start, mark.Source))]);
    }

    /// <summary>Another text made of this one: unit by unit where the length is the same, otherwise no stretch of it is the template's own.</summary>
    public JinjaText With(string value)
    {
        if (Marks.Count == 0 || value.Length == Length)
            return new JinjaText(value, Marks);
        return From(value, Marks[0].Source);
    }

    public JinjaText Trim(string? characters, bool left, bool right)
    {
        int start = 0;
        int end = Length;
        while (left && start < end && Strips(Value[start]))
            start++;
        while (right && end > start && Strips(Value[end - 1]))
            end--;
        return Slice(start, end);

        bool Strips(char c) => characters is null ? char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f' : characters.Contains(c);
    }

    public IEnumerable<JinjaText> Split(string? separator, int most)
    {
        int start = 0;
        if (separator is null)
        {
            // Runs of blanks separate, and those at the ends are none.
            for (int count = 0; ; count++)
            {
                while (start < Length && char.IsWhiteSpace(Value[start]))
                    start++;
                if (start == Length)
                    yield break;
                int end = start;
                while (end < Length && (count == most || !char.IsWhiteSpace(Value[end])))
                    end++;
                yield return count == most ? Slice(start, Length).Trim(null, left: false, right: true) : Slice(start, end);
                start = end;
            }
        }

        for (int count = 0; count != most; count++)
        {
            int at = Value.IndexOf(separator, start, StringComparison.Ordinal);
            if (at < 0)
                break;
            yield return Slice(start, at);
            start = at + separator.Length;
        }

        yield return Slice(start, Length);
    }

    public JinjaText Replace(string old, JinjaText with) => old.Length == 0 ? this : Join(with, Split(old, most: -1));

    public override string ToString() => Value;
}
