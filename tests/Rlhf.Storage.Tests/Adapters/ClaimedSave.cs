namespace Rlhf.Storage.Tests;

/// <summary>Saving as the only learner there is.</summary>
internal static class ClaimedSave
{
    public static async Task SaveAsync(this IAdapterStore adapters, string version, ReadOnlyMemory<byte> adapter) =>
        await adapters.SaveAsync(version, adapter, (await adapters.ClaimAsync(version)).Token);
}
