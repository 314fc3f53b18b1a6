using System.Globalization;
using System.Text;

namespace Rlhf.Inference.Jinja;

/// <summary>JSON as Python's json.dumps writes it with <c>ensure_ascii=False</c>.</summary>
internal static class JsonText
{
    /// <summary>The JSON of a value, on one line or indented by so many blanks.</summary>
    public static JinjaText Write(object? value, int? indent)
    {
        var output = new JinjaTextBuilder();
        Write(value, indent, 0, output);
        return output.ToText();
    }

    private static void Write(object? value, int? indent, int depth, JinjaTextBuilder output)
    {
        switch (value)
        {
            case null:
                output.Append("null");
                break;
            case bool flag:
                output.Append(flag ? "true" : "false");
                break;
            case long number:
                output.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                output.Append(Values.Number(number));
                break;
            case JinjaText text:
                Quote(text, output);
                break;
            case List<object?> list:
                Items("[", "]", list, item => Write(item, indent, depth + 1, output));
                break;
            case Dictionary<string, object?> map:
                Items("{", "}", map, entry =>
                {
                    Quote(new JinjaText(entry.Key), output);
                    output.Append(": ");
                    Write(entry.Value, indent, depth + 1, output);
                });
                break;
            default:
                throw new JinjaException($"{Values.Kind(value)} has no JSON");
        }

        void Items<T>(string open, string close, IReadOnlyCollection<T> items, Action<T> write)
        {
            output.Append(open);
            bool first = true;
            foreach (T item in items)
            {
                if (!first)
                    output.Append(indent is null ? ", " : ",");
                first = false;
                NewLine(depth + 1);
                write(item);
            }

            if (items.Count > 0)
                NewLine(depth);
            output.Append(close);
        }

        void NewLine(int level)
        {
            if (indent is { } width)
                output.Append("\n" + new string(' ', width * level));
        }
    }

    private static void Quote(JinjaText text, JinjaTextBuilder output)
    {
        var escaped = new StringBuilder();
        foreach (char c in text.Value)
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                '\b' => escaped.Append("\\b"),
                '\f' => escaped.Append("\\f"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        output.Append("\"");
        output.Append(text.With(escaped.ToString()));
        output.Append("\"");
    }
}
