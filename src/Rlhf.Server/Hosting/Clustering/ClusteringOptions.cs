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

    /// <summary>The address under which the other processes reach this one.</summary>
    /// <value>The default value is the first address of the machine's own name.</value>
    public string? AdvertisedAddress { get; set; }

    /// <summary>The port for other silos.</summary>
    /// <value>The default value is 11111.</value>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for clients, which processes of the role <c>api</c> alone are.</summary>
    /// <value>The default value is 30000.</value>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

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
    }
}
