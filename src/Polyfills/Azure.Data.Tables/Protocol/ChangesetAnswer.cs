using System.Globalization;
using System.Text;

namespace Azure.Data.Tables.Protocol;

/// <summary>Takes the answer to a transaction apart: one answer for each action, or a single one that says what was wrong.</summary>
internal static class ChangesetAnswer
{
    public static IReadOnlyList<Response> Read(Response response)
    {
        var text = Encoding.UTF8.GetString(response.Content.ToMemory().Span);
        var answers = new List<Response>();
        for (var start = NextAnswer(text, 0); start >= 0; start = NextAnswer(text, start + 1))
        {
            answers.Add(ReadOne(text, start));
        }

        return answers;
    }

    // Within the parts' own headers no line starts so.
    private static int NextAnswer(string text, int from)
    {
        var line = text.IndexOf("\nHTTP/1.1 ", from, StringComparison.Ordinal);
        return line < 0 ? -1 : line + 1;
    }

    private static PartResponse ReadOne(string text, int start)
    {
        var (status, next) = Line(text, start);
        var words = status.Split(' ', 3);
        var response = new PartResponse(int.Parse(words[1], CultureInfo.InvariantCulture), words.Length > 2 ? words[2] : "");
        var (header, body) = Line(text, next);
        while (header.Length > 0 && header.Split(':', 2) is [var name, var value])
        {
            response.Add(name.Trim(), value.Trim());
            (header, body) = Line(text, body);
        }

        var end = text.IndexOf("\n--", Math.Min(body, text.Length), StringComparison.Ordinal);
        response.ContentStream = new MemoryStream(Encoding.UTF8.GetBytes(text[Math.Min(body, text.Length)..(end < 0 ? text.Length : end)].Trim()));
        return response;
    }

    private static (string Line, int Next) Line(string text, int start)
    {
        var end = start < text.Length ? text.IndexOf('\n', start) : -1;
        return end < 0 ? (start < text.Length ? text[start..].TrimEnd('\r') : "", text.Length) : (text[start..end].TrimEnd('\r'), end + 1);
    }
}
