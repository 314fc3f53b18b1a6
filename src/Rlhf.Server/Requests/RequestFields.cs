using System.Text.Json;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>The fields of a JSON object that a client sent, read one by one so that a wrong one is named with its value
/// and with what would be right. Fields that nobody asks for are ignored, as OpenAI does.</summary>
/// <param name="json">The object.</param>
/// <param name="path">What its fields' names are prefixed with in messages.</param>
internal readonly struct RequestFields(JsonElement json, string path = "")
{
    private const int LongestShown = 80;

    /// <summary>Reads the body of a request, which must be an object.</summary>
    public static async Task<JsonDocument> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await JsonDocument.ParseAsync(request.Body, default, cancellationToken);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
        {
            using (body)
            {
                throw Refuse.Invalid($"The body must be a JSON object, not {Show(body.RootElement)}.");
            }
        }

        return body;
    }

    /// <summary>The object in an element that may be something else.</summary>
    public static RequestFields Of(JsonElement element, string path) => element.ValueKind == JsonValueKind.Object
        ? new RequestFields(element, path + ".")
        : throw Refuse.Invalid($"'{path}' must be an object, not {Show(element)}.", path);

    /// <summary>A field that may be missing or null.</summary>
    public JsonElement? Find(string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A field's full name.</summary>
    public string Name(string name) => path + name;

    /// <summary>A text, or null when there is none.</summary>
    public string? Text(string name, int longest)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        var text = TextOf(value, path + name);
        return text.Length <= longest
            ? text
            : throw Refuse.Invalid($"'{path}{name}' is {text.Length:N0} characters long; at most {longest:N0} are allowed.", path + name);
    }

    /// <summary>A text that must be there and say something.</summary>
    public string RequiredText(string name, int longest) => Text(name, longest) is { Length: > 0 } text
        ? text
        : throw Refuse.Invalid($"'{path}{name}' is missing or empty; it must be a text.", path + name);

    /// <summary>A number within bounds, or null when there is none.</summary>
    public double? Number(string name, double least, double most)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw Refuse.Invalid($"'{path}{name}' must be a number from {least} to {most}, not {Show(value)}.", path + name);
    }

    /// <summary>A whole number within bounds, or null when there is none.</summary>
    public long? Integer(string name, long least, long most)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : throw Refuse.Invalid($"'{path}{name}' must be a whole number from {least} to {most}, not {Show(value)}.", path + name);
    }

    /// <summary>True or false; false when it is missing.</summary>
    public bool Flag(string name) => Find(name) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } value => throw Refuse.Invalid($"'{path}{name}' must be true or false, not {Show(value)}.", path + name),
    };

    /// <summary>A list's elements; none when it is missing.</summary>
    public JsonElement[] List(string name, int longest)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Refuse.Invalid($"'{path}{name}' must be a list, not {Show(value)}.", path + name);
        }

        return value.GetArrayLength() <= longest
            ? [.. value.EnumerateArray()]
            : throw Refuse.Invalid($"'{path}{name}' has {value.GetArrayLength():N0} elements; at most {longest:N0} are allowed.", path + name);
    }

    /// <summary>One of the named values.</summary>
    public string OneOf(string name, params ReadOnlySpan<string> allowed)
    {
        var value = Find(name);
        var text = value is { ValueKind: JsonValueKind.String } given ? TextOf(given, path + name) : null;
        foreach (var right in allowed)
        {
            if (right == text)
            {
                return right;
            }
        }

        var shown = value is { } wrong ? $"not {Show(wrong)}" : "but is missing";
        throw Refuse.Invalid($"'{path}{name}' must be one of {string.Join(", ", allowed!)}, {shown}.", path + name);
    }

    /// <summary>The text in an element. JSON can spell what is no Unicode text, such as half of a surrogate pair.</summary>
    public static string TextOf(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Refuse.Invalid($"'{name}' must be a text, not {Show(value)}.", name);
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse.Invalid($"'{name}' is not valid Unicode text.", name);
        }
    }

    private static string Show(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= LongestShown ? text : text[..LongestShown] + "…";
    }
}
