using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rlhf.Storage.Tables;

/// <summary>
/// Ids as parts of keys. The service forbids some characters, so that all but letters, digits, '.', '-' and '_' are
/// written as <c>=XX</c> for each byte of UTF-8; what would be long stands for itself by its SHA-256 after <c>=~</c>.
/// No id is the start of another's key followed by '~'.
/// </summary>
internal static class Key
{
    private const int MaxLength = 200;

    public static string Of(string id)
    {
        if (id.Length <= MaxLength && id.All(IsPlain))
        {
            return id;
        }

        var key = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(id))
        {
            if (IsPlain((char)b))
            {
                key.Append((char)b);
            }
            else
            {
                key.Append(CultureInfo.InvariantCulture, $"={b:X2}");
            }
        }

        return key.Length <= MaxLength ? key.ToString() : $"=~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
    }

    /// <summary>The id that a key was made of; null where the key is a hash.</summary>
    public static string? Read(string key) => key.StartsWith("=~", StringComparison.Ordinal) ? null : Uri.UnescapeDataString(key.Replace('=', '%'));

    /// <summary>A number whose keys sort as the numbers do.</summary>
    public static string Of(long number) => number.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>One of <paramref name="count"/> partitions, the same for an id in every process.</summary>
    public static string Partition(string id, int count) =>
        Partition(SHA256.HashData(Encoding.UTF8.GetBytes(id))[0] % count);

    /// <summary>The name of a numbered partition.</summary>
    public static string Partition(int number) => number.ToString("x2", CultureInfo.InvariantCulture);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_';
}
