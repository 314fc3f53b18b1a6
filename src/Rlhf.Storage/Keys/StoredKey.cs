namespace Rlhf.Storage;

/// <summary>An API key as it is stored: all but the key itself, of which only the hash is known.</summary>
/// <param name="Id">The public part that the key starts with, by which it is listed and revoked.</param>
/// <param name="Client">Whose key it is. Keys of one client share its conversations, so that one can take another's place.</param>
/// <param name="Roles">What it may be used for.</param>
/// <param name="Sha256">
/// The SHA-256 of the whole key in lower-case hex digits. A key has 256 random bits: nobody finds it by trying, so that the
/// slow hashes made for people's passwords would only slow the server down.
/// </param>
/// <param name="PerMinute">Requests that it may make within a minute; null for the server's default.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RevokedAt">When it was revoked; null while it is good.</param>
/// <param name="TokensPerMinute">Tokens that it may use within a minute, 0 for any number; null for the server's default.</param>
/// <param name="TokensPerDay">Tokens that it may use within a day of UTC, 0 for any number; null for the server's default.</param>
public sealed record StoredKey(
    string Id,
    string Client,
    KeyRoles Roles,
    string Sha256,
    int? PerMinute,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt = null,
    long? TokensPerMinute = null,
    long? TokensPerDay = null);
