using Orleans;

namespace Rlhf.Storage;

/// <summary>The store did not answer: what was asked of it may or may not be done. Once it answers again the same call succeeds.</summary>
[GenerateSerializer, Alias("rlhf.StorageUnavailableException")]
public sealed class StorageUnavailableException : StorageException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which store, and why.</param>
    /// <param name="inner">What the system reported.</param>
    public StorageUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
