using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Rlhf.Server.Errors;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>The name that a client gives a press, so that it may send it again and again and it's recorded once.</summary>
public static class IdempotencyKey
{
    /// <summary>The header that it comes in.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The id of the ledger's event. Client and rater are part of the name, so that nobody's takes the place of another's; a hash keeps them apart
    /// whatever characters they hold.</summary>
    /// <param name="client">Whose API key the press comes with; null where none is needed.</param>
    /// <param name="rater">Who presses.</param>
    /// <param name="key">The name.</param>
    /// <param name="item">In a batch: which of its pieces.</param>
    public static string EventId(string? client, string rater, string key, int? item = null)
    {
        string?[] parts = item is { } index ? [client, rater, key, index.ToString(CultureInfo.InvariantCulture)] : [client, rater, key];
        return $"key/{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)))}";
    }

    /// <summary>The id of the event that a request makes. What its client gave no name is another one each time.</summary>
    internal static string EventIdOf(string? client, string rater, string? key, int? item = null) => IsNamed(key) ? EventId(client, rater, key!, item) : Guid.CreateVersion7().ToString("N");

    /// <summary>Whether the client named its request.</summary>
    internal static bool IsNamed(string? key) => key is not (null or "");

    /// <summary>Refuses a name that is too long, or not of printable ASCII: what other bytes mean in a header nobody knows.</summary>
    internal static void Check(string? key)
    {
        if (key?.Length > RequestLimits.Name)
        {
            throw Refuse.Invalid($"The header '{Header}' is {key.Length:N0} characters long; at most {RequestLimits.Name} are allowed.", Header);
        }

        if (key?.Any(character => character is < ' ' or > '~') is true)
        {
            throw Refuse.Invalid($"The header '{Header}' must be printable ASCII.", Header);
        }
    }
}
