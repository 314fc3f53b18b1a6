using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Chat;

/// <summary>Writes that a caller waits for: what the store has no room for is refused in words that cross a silo's border.</summary>
internal static class DurableWrite
{
    public static async Task<T> OrRefuseAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (StorageFullException full)
        {
            throw new RefusedException(Refusal.StorageFull, full.Message);
        }
    }

    public static Task OrRefuseAsync(Func<Task> write) => OrRefuseAsync(async () =>
    {
        await write();
        return true;
    });
}
