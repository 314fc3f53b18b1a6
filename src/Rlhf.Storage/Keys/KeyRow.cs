namespace Rlhf.Storage;

/// <summary>What holds for a key's row in every store.</summary>
internal static class KeyRow
{
    public static KeyRoles Roles(string id, string text) => KeyRolesText.Read(text)
        ?? throw new StorageException($"The stored key {id} has the roles '{text}'; this program knows {KeyRolesText.Known}.");

    public static DateTimeOffset Date(long utcTicks) => new(utcTicks, TimeSpan.Zero);

    public static InvalidOperationException Taken(StoredKey key) => new($"There is another key {key.Id} already. Ids are drawn at random: draw again.");
}
