using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Rlhf.Server.Requests;

/// <summary>A single text may stand in place of the list, as OpenAI's clients may send it.</summary>
/// <param name="longest">The most characters of that text.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OrTextAttribute(int longest) : Attribute
{
    public int Longest => longest;
}

/// <summary>Reads lists that carry <see cref="OrTextAttribute"/>.</summary>
internal static class TextOrList
{
    /// <summary>Has such lists of a type read texts, too.</summary>
    public static void Allow(JsonTypeInfo type)
    {
        foreach (var field in type.Properties)
        {
            if (field.AttributeProvider?.IsDefined(typeof(OrTextAttribute), inherit: true) is true)
            {
                field.CustomConverter = field.PropertyType == typeof(IReadOnlyList<ContentPart>)
                    ? new Converter<ContentPart>(text => new ContentPart { Type = ContentPart.OfText, Text = text })
                    : new Converter<string>(text => text);
            }
        }
    }

    private sealed class Converter<T>(Func<string, T> ofText) : JsonConverter<IReadOnlyList<T>>
    {
        public override IReadOnlyList<T>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? [ofText(reader.GetString()!)] : JsonSerializer.Deserialize<IReadOnlyList<T>>(ref reader, options);

        public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, options);
    }
}
