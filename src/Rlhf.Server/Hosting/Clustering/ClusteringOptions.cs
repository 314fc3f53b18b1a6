using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Rlhf.Server.Hosting;

/// <summary>How processes find each other. Section <c>Clustering</c> of the configuration.</summary>
public sealed class ClusteringOptions : IValidatableObject
{
    /// <summary>One process, which finds nobody.</summary>
    public const string None = "none";

    /// <summary>Membership in an Azure table, in the account of the storage unless another is named.</summary>
    public const string AzureTables = "azure-tables";

    /// <summary>Membership and reminders in PostgreSQL, by Orleans' ADO.NET providers.</summary>
    public const string PostgreSql = "postgresql";

    /// <summary>Where membership is kept: <c>none</c>, <c>azure-tables</c> or <c>postgresql</c>.</summary>
    /// <value>The default value is <c>none</c>.</value>
    [RegularExpression($"^({None}|{AzureTables}|{PostgreSql})$", ErrorMessage = "Clustering:Provider must be none, azure-tables or postgresql.")]
    public string Provider { get; set; } = None;

    /// <summary>The database or account of the membership.</summary>
    /// <value>The default value is that of the storage, for <c>azure-tables</c>; <c>postgresql</c> needs one.</value>
    public string? ConnectionString { get; set; }

    /// <summary>The cluster: processes with the same one find each other.</summary>
    /// <value>The default value is <c>rlhf</c>.</value>
    [RegularExpression("^[A-Za-z0-9-]{1,63}$", ErrorMessage = "Clustering:ClusterId must be 1 to 63 letters, digits and '-'.")]
    public string ClusterId { get; set; } = "rlhf";

    /// <summary>The service whose state is stored. It never changes, not even when the cluster's id does.</summary>
    /// <value>The default value is <c>rlhf</c>.</value>
    [RegularExpression("^[A-Za-z0-9-]{1,63}$", ErrorMessage = "Clustering:ServiceId must be 1 to 63 letters, digits and '-'.")]
    public string ServiceId { get; set; } = "rlhf";

    /// <summary>The address under which the other processes reach this one, and the only one it listens on.</summary>
    /// <value>The default value is the first IPv4 address of the machine's network cards, loopback where there is none.</value>
    public string? AdvertisedAddress { get; set; }

    /// <summary>Whether to listen on every address of the machine, for where the advertised one is not its own (behind
    /// address translation). Silos don't ask who connects to them.</summary>
    /// <value>The default value is false.</value>
    public bool ListenOnAllAddresses { get; set; }

    /// <summary>The port for other silos; 0 takes any that is free.</summary>
    /// <value>The default value is 11111.</value>
    [Range(0, 65535, ErrorMessage = "Clustering:SiloPort must be a port from 1 to 65535, or 0 for any that is free.")]
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for clients, which processes of the role <c>api</c> alone are; 0 takes any that is free.</summary>
    /// <value>The default value is 30000.</value>
    [Range(0, 65535, ErrorMessage = "Clustering:GatewayPort must be a port from 1 to 65535, or 0 for any that is free.")]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>How long a silo may take to answer another's probe, and how often one is sent. It adapts to how long answers
    /// take, from half of this to four times as long.</summary>
    /// <value>The default value is 1.5 seconds: with three missed probes a silo that was killed is given up after two to five.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00", ErrorMessage = "Clustering:ProbeTimeout must be from 00:00:00.100 to 00:01:00.")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Probes that a silo misses before the one who probes it votes for its death.</summary>
    /// <value>The default value is 3.</value>
    [Range(1, 100, ErrorMessage = "Clustering:NumMissedProbesLimit must be from 1 to 100.")]
    public int NumMissedProbesLimit { get; set; } = 3;

    /// <summary>How many others each silo probes.</summary>
    /// <value>The default value is 10.</value>
    [Range(1, 100, ErrorMessage = "Clustering:NumProbedSilos must be from 1 to 100.")]
    public int NumProbedSilos { get; set; } = 10;

    /// <summary>Votes that declare a silo dead; in a small cluster, those of half of the others are enough.</summary>
    /// <value>The default value is 2.</value>
    [Range(1, 100, ErrorMessage = "Clustering:NumVotesForDeathDeclaration must be from 1 to 100.")]
    public int NumVotesForDeathDeclaration { get; set; } = 2;

    /// <summary>How long a vote counts.</summary>
    /// <value>The default value is 2 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "Clustering:DeathVoteExpirationTimeout must be from 00:00:01 to 01:00:00.")]
    public TimeSpan DeathVoteExpirationTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a silo reads the membership by itself. Changes are also told from silo to silo.</summary>
    /// <value>The default value is 30 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "Clustering:TableRefreshTimeout must be from 00:00:01 to 01:00:00.")]
    public TimeSpan TableRefreshTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AdvertisedAddress is not null && !IPAddress.TryParse(AdvertisedAddress, out _))
        {
            yield return new ValidationResult($"Clustering:AdvertisedAddress must be an IP address, not '{AdvertisedAddress}'.");
        }

        if (Provider == PostgreSql && string.IsNullOrWhiteSpace(ConnectionString))
        {
            yield return new ValidationResult("postgresql needs Clustering:ConnectionString, for example Host=db;Database=orleans;Username=rlhf;Password=….");
        }

        if (SiloPort == GatewayPort && SiloPort != 0)
        {
            yield return new ValidationResult($"Clustering:SiloPort and Clustering:GatewayPort are both {SiloPort}; they must differ.");
        }

        if (NumVotesForDeathDeclaration > NumProbedSilos)
        {
            yield return new ValidationResult($"Clustering:NumVotesForDeathDeclaration is {NumVotesForDeathDeclaration}; it must be at most Clustering:NumProbedSilos, which is {NumProbedSilos}.");
        }
    }
}
