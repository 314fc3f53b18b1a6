using System.ComponentModel.DataAnnotations;
using Orleans.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Hosting;

/// <summary>Where everything is stored. Section <c>Storage</c> of the configuration.</summary>
public sealed class StorageOptions : IValidatableObject
{
    /// <summary>Stores in SQLite, in the data folder.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>Stores in Azure tables; the data folder holds the training jobs' checkpoints.</summary>
    public const string AzureTables = "azure-tables";

    /// <summary>The store: <c>sqlite</c> or <c>azure-tables</c>.</summary>
    /// <value>The default value is <c>sqlite</c>.</value>
    [RegularExpression($"^({Sqlite}|{AzureTables})$", ErrorMessage = "Storage:Provider must be sqlite or azure-tables.")]
    public string Provider { get; set; } = Sqlite;

    /// <summary>The account of the tables; <c>UseDevelopmentStorage=true</c> is a local Azurite.</summary>
    /// <value>There is no default value; <c>azure-tables</c> needs one.</value>
    public string? ConnectionString { get; set; }

    /// <summary>What the tables' names start with, so that one account may hold several installations.</summary>
    /// <value>The default value is <c>rlhf</c>.</value>
    [RegularExpression("^[A-Za-z][A-Za-z0-9]{0,39}$", ErrorMessage = "Storage:Prefix must be 1 to 40 letters and digits, a letter first.")]
    public string Prefix { get; set; } = "rlhf";

    /// <summary>The tables, where they are the store.</summary>
    internal TableStorageOptions Tables => new(ConnectionString!, Prefix);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Provider == AzureTables && string.IsNullOrWhiteSpace(ConnectionString))
        {
            yield return new ValidationResult("azure-tables needs Storage:ConnectionString (--connection); UseDevelopmentStorage=true is a local Azurite.");
        }
        else if (Provider == Sqlite && ConnectionString is not null)
        {
            yield return new ValidationResult("Storage:ConnectionString (--connection) is for azure-tables: say --storage azure-tables too.");
        }
    }
}

/// <summary>Chooses the silo's storage.</summary>
internal static class StorageChoice
{
    public static ISiloBuilder AddStorage(this ISiloBuilder silo, StorageOptions options, string folder) =>
        options.Provider == StorageOptions.AzureTables
            ? silo.AddTableStorage(folder, options.Tables)
            : silo.AddSqliteStorage(folder);
}
