using Orleans;

namespace Rlhf.Storage;

/// <summary>What is stored was changed or torn. It will not pass by itself: the same call fails until what is damaged is restored from a backup.</summary>
[GenerateSerializer, Alias("rlhf.StorageDamagedException")]
public sealed class StorageDamagedException : StorageException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is damaged, where, and what would help.</param>
    /// <param name="inner">What the system reported.</param>
    public StorageDamagedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
