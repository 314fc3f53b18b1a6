using Orleans;
using Orleans.Runtime;

namespace Rlhf.Storage;

/// <summary>What is stored can't be read, or what shall be stored can't be written. The message says what and where.</summary>
/// <remarks>An <see cref="OrleansException"/>, because Orleans passes those of a grain's storage on as they are and wraps all others.</remarks>
[GenerateSerializer, Alias("rlhf.StorageException")]
public class StorageException : OrleansException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong, where, and what would help.</param>
    /// <param name="inner">What the system reported.</param>
    public StorageException(string message, Exception? inner = null)
        : base(message, inner!)
    {
    }
}
