using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rlhf.Storage;

namespace Rlhf.Server.Keys.Command;

/// <summary>What <c>keys</c> answers, for people or for programs.</summary>
internal sealed class KeysReport(TextWriter output, bool asJson, string place)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    /// <summary>A key that was made. Nobody can show it a second time.</summary>
    public void Added(StoredKey stored, string key)
    {
        if (asJson)
        {
            Write(KeyBody.Of(stored) with { Key = key });
            return;
        }

        output.WriteLine($"""
            {key}

            is {stored.Client}'s key ({KeyRolesText.Write(stored.Roles)}). Only its hash is kept: it can't be shown again.
            Clients send it as   Authorization: Bearer {stored.Id}_…
            It is ended by       ./rlhf keys revoke {stored.Id}{place}
            """);
    }

    /// <summary>All keys.</summary>
    public void Listed(IReadOnlyList<StoredKey> keys)
    {
        if (asJson)
        {
            Write(new { Keys = keys.Select(KeyBody.Of) });
            return;
        }

        string[][] rows = [["id", "client", "roles", "per minute", "tokens per minute", "per day", "created", ""], .. keys.Select(Row)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    /// <summary>A key that is revoked now.</summary>
    public void Revoked(StoredKey key)
    {
        if (asJson)
        {
            Write(KeyBody.Of(key));
            return;
        }

        output.WriteLine($"{key.Id} of {key.Client} is revoked since {Date(key.RevokedAt!.Value)}; a running server refuses it within seconds.");
    }

    private static string[] Row(StoredKey key) =>
    [
        key.Id,
        key.Client,
        KeyRolesText.Write(key.Roles),
        Limit(key.PerMinute),
        Limit(key.TokensPerMinute),
        Limit(key.TokensPerDay),
        Date(key.CreatedAt),
        key.RevokedAt is { } revoked ? $"revoked {Date(revoked)}" : "",
    ];

    private static string Limit(long? most) => most switch { null => "default", 0 => "any", _ => most.Value.ToString(CultureInfo.InvariantCulture) };

    private static string Date(DateTimeOffset date) => date.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private void Write<T>(T body) => output.WriteLine(JsonSerializer.Serialize(body, Json));

    /// <summary>A key as programs read it; the key itself is there only when it is made.</summary>
    private sealed record KeyBody(string Id, string? Key, string Client, IReadOnlyList<string> Roles, int? PerMinute, long? TokensPerMinute, long? TokensPerDay, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt)
    {
        public static KeyBody Of(StoredKey key) =>
            new(key.Id, null, key.Client, KeyRolesText.Write(key.Roles).Split(','), key.PerMinute, key.TokensPerMinute, key.TokensPerDay, key.CreatedAt, key.RevokedAt);
    }
}
