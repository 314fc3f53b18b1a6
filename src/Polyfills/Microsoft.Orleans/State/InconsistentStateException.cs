using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Stored state is not what the writer last saw. Thrown out of a call, it ends the activation.</summary>
[GenerateSerializer]
public class InconsistentStateException : OrleansException
{
    public InconsistentStateException()
    {
    }

    public InconsistentStateException(string message)
        : base(message)
    {
    }

    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException!)
    {
    }

    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException!)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
        : this(storageException.Message, storedEtag, currentEtag, storageException)
    {
    }

    [Id(2)]
    public string? CurrentEtag { get; }

    [Id(1)]
    public string? StoredEtag { get; }

    /// <summary>False once the activation that met the conflict has been told to go; its callers are not to follow.</summary>
    internal bool IsSourceActivation { get; set; } = true;

    public override string ToString() => $"{base.ToString()} (stored ETag {StoredEtag ?? "none"}, current ETag {CurrentEtag ?? "none"})";
}

/// <summary>A storage provider is named that was never configured.</summary>
[GenerateSerializer]
public sealed class BadProviderConfigException : OrleansException
{
    public BadProviderConfigException()
    {
    }

    public BadProviderConfigException(string msg)
        : base(msg)
    {
    }

    public BadProviderConfigException(string msg, Exception exc)
        : base(msg, exc)
    {
    }
}
