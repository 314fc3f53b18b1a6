using System.Text.Encodings.Web;
using System.Text.Json;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>JSON that a request holds as it is.</summary>
internal static class RequestText
{
    private const int LongestShown = 80;

    /// <summary>Texts are kept as they were written.</summary>
    public static JsonSerializerOptions AsWritten { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether all its texts are Unicode. JSON can spell what is none, such as half of a surrogate pair.</summary>
    public static bool IsValid(JsonElement json)
    {
        try
        {
            Read(json);
            return true;
        }
        catch (Exception error) when (error is InvalidOperationException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Insists on Unicode.</summary>
    public static void Require(JsonElement json, string name)
    {
        if (!IsValid(json))
        {
            throw Refuse.Invalid($"'{name}' is not valid Unicode text.", name);
        }
    }

    /// <summary>A value's JSON as a message shows it.</summary>
    public static string Show(JsonElement json) => Show(json.GetRawText());

    /// <inheritdoc cref="Show(JsonElement)"/>
    public static string Show(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";

    private static void Read(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                json.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                {
                    Read(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var field in json.EnumerateObject())
                {
                    _ = field.Name;
                    Read(field.Value);
                }

                break;
        }
    }
}
