using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>A key that opens something.</summary>
/// <param name="Hash">Its SHA-256.</param>
/// <param name="Caller">Whoever sends it.</param>
internal sealed record GoodKey(byte[] Hash, Caller Caller)
{
    public static GoodKey Of(StoredKey key) => new(Convert.FromHexString(key.Sha256), new Caller(key.Client, key.Id, key.Roles, key.PerMinute, key.TokensPerMinute, key.TokensPerDay));

    public static GoodKey Of(ConfiguredKey key) => new(
        Convert.FromHexString(key.Sha256), new Caller(key.Client, $"configured for {key.Client}", KeyRolesText.Read(key.Roles)!.Value, key.PerMinute, key.TokensPerMinute, key.TokensPerDay));
}
