using System.Globalization;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>
/// Content of up to 704 KiB in one entity: a property holds 64 KiB, so that it lies in up to 11 of them, <c>Content</c>,
/// <c>Content1</c> and so on. An entity holds 1 MiB; the service counts bytes, Azurite their base64, which must fit too.
/// </summary>
internal static class Payload
{
    public const int Most = 11 * PropertyBytes;
    private const int PropertyBytes = 64 * 1024;

    public static void RequireFits(long bytes, string what)
    {
        if (bytes > Most)
        {
            throw new StorageException($"{what} has {bytes} bytes; the table storage takes at most {Most} in one row. Nothing was stored.");
        }
    }

    public static TableEntity With(this TableEntity entity, byte[] content)
    {
        for (var i = 0; i == 0 || i * PropertyBytes < content.Length; i++)
        {
            entity[Name(i)] = content.Length <= PropertyBytes
                ? content
                : content[(i * PropertyBytes)..Math.Min(content.Length, (i + 1) * PropertyBytes)];
        }

        return entity;
    }

    public static byte[] Content(this TableEntity entity)
    {
        var first = entity.GetBinary(Name(0));
        if (!entity.ContainsKey(Name(1)))
        {
            return first;
        }

        var parts = new List<byte[]> { first };
        while (entity.GetBinary(Name(parts.Count)) is { } part)
        {
            parts.Add(part);
        }

        return [.. parts.SelectMany(part => part)];
    }

    private static string Name(int i) => i == 0 ? "Content" : string.Create(CultureInfo.InvariantCulture, $"Content{i}");
}
