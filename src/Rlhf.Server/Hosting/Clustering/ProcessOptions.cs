using System.ComponentModel.DataAnnotations;
using Rlhf.Grains;

namespace Rlhf.Server.Hosting;

/// <summary>What this process does, and with whom.</summary>
/// <param name="Roles">Its roles; the setting <c>Roles</c>, such as <c>api,serving</c>.</param>
/// <param name="Clustering">How it finds the others.</param>
/// <param name="Storage">Where everything is stored.</param>
/// <param name="Data">The data folder.</param>
internal sealed record ProcessOptions(ProcessRoles Roles, ClusteringOptions Clustering, StorageOptions Storage, string Data)
{
    /// <summary>Whether it is alone.</summary>
    public bool IsAlone => Clustering.Provider == ClusteringOptions.None;

    /// <summary>Whether it holds no grains.</summary>
    public bool IsClient => Roles == ProcessRoles.Api;

    /// <summary>Whether it has a folder of its own: for the database, or for the checkpoints of training jobs.</summary>
    public bool HasFolder => Storage.Provider == StorageOptions.Sqlite || Roles.HasFlag(ProcessRoles.Learner);

    /// <summary>Reads what belongs together and refuses what does not fit together.</summary>
    /// <exception cref="ValidationException">A setting is wrong; the message says which, and what would be right.</exception>
    public static ProcessOptions Of(IConfiguration configuration, ClusteringOptions clustering, StorageOptions storage)
    {
        var roles = RolesOf(configuration["Roles"]);
        var unused = configuration.GetSection("Clustering").GetChildren().FirstOrDefault(setting => setting.Key != nameof(ClusteringOptions.Provider))?.Path;
        if (clustering.Provider == ClusteringOptions.None)
        {
            if (roles != ProcessRoles.All)
            {
                throw new ValidationException($"Roles={configuration["Roles"]} needs other processes for the rest: say where they find each other with Clustering:Provider (azure-tables or postgresql), or leave Roles out.");
            }

            if (unused is not null)
            {
                throw new ValidationException($"{unused} is for several processes, and Clustering:Provider is none: name azure-tables or postgresql, or leave {unused} out.");
            }
        }
        else if (storage.Provider == StorageOptions.Sqlite)
        {
            throw new ValidationException($"Clustering:Provider={clustering.Provider} lets several processes serve, and SQLite is one process's: store elsewhere with --storage azure-tables, or leave Clustering:Provider out.");
        }

        return new(roles, clustering, storage, configuration["Data"] ?? "data");
    }

    private static ProcessRoles RolesOf(string? text)
    {
        if (text is null)
        {
            return ProcessRoles.All;
        }

        ProcessRoles roles = 0;
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            roles |= word.ToLowerInvariant() switch
            {
                "api" => ProcessRoles.Api,
                "serving" => ProcessRoles.Serving,
                "learner" => ProcessRoles.Learner,
                _ => throw new ValidationException($"Roles is '{text}', and '{word}' is no role; there are api, serving and learner, with commas between them."),
            };
        }

        return roles;
    }
}
