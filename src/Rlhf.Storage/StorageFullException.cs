using Orleans;

namespace Rlhf.Storage;

/// <summary>There is no room to store it. Nothing of it was stored; once there is room again the same call succeeds.</summary>
[GenerateSerializer, Alias("rlhf.StorageFullException")]
public sealed class StorageFullException : StorageException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What could not be stored, and where.</param>
    /// <param name="inner">What the system reported.</param>
    public StorageFullException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
