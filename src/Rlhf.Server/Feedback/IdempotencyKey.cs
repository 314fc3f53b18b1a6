using System.Security.Cryptography;
using System.Text.Json;

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
    public static string EventId(string? client, string rater, string key) =>
        $"key/{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<string?[]>([client, rater, key])))}";
}
