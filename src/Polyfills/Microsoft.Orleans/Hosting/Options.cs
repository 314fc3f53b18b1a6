namespace Orleans.Configuration;

/// <summary>Which cluster and which service a silo belongs to. Stored state belongs to the service, so its id never changes.</summary>
public class ClusterOptions
{
    public const string DefaultClusterId = "default";
    public const string DefaultServiceId = "default";

    public string ClusterId { get; set; } = DefaultClusterId;

    public string ServiceId { get; set; } = DefaultServiceId;
}

public class SiloOptions
{
    public string SiloName { get; set; } = "";
}

/// <summary>When activations are collected, and how long coming and going may take.</summary>
public class GrainCollectionOptions
{
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = [];

    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

public abstract class MessagingOptions
{
    private protected MessagingOptions()
    {
    }

    /// <summary>How long a caller waits for an answer.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

public class SiloMessagingOptions : MessagingOptions;

/// <summary>The grain interfaces and classes of the application; filled from its assemblies.</summary>
public class GrainTypeOptions
{
    public HashSet<Type> Interfaces { get; } = [];

    public HashSet<Type> Classes { get; } = [];
}
