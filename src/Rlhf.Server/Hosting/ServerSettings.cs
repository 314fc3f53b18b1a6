using System.CommandLine;
using System.Text.RegularExpressions;

namespace Rlhf.Server.Hosting;

/// <summary>A setting as it was typed.</summary>
/// <param name="Name">The option, such as <c>--data</c>.</param>
/// <param name="Key">Its name in the configuration.</param>
/// <param name="Value">Its value.</param>
internal sealed record ServerSetting(string Name, string Key, string Value);

/// <summary>What the configuration is told on the command line: options for what is said often, and any setting as
/// <c>--Section:Key=value</c>.</summary>
internal sealed partial class ServerSettings
{
    private readonly List<ServerSetting> _any = [];
    private readonly List<(Option<string[]> Option, string Key)> _named =
    [
        (new("--data") { Description = "The data folder [default: ./data].", HelpName = "DIR" }, "Data"),
        (new("--storage") { Description = "The store [default: sqlite].", HelpName = "sqlite|azure-tables" }, "Storage:Provider"),
        (new("--connection") { Description = "The account of azure-tables, 'AccountName=…;AccountKey=…;TableEndpoint=…'; UseDevelopmentStorage=true is a local Azurite.", HelpName = "TEXT" }, "Storage:ConnectionString"),
    ];

    private ServerSettings(IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            if (Pattern().Match(argument) is { Success: true } setting)
            {
                _any.Add(new ServerSetting($"--{setting.Groups["key"].Value}", setting.Groups["key"].Value, setting.Groups["value"].Value));
            }
            else
            {
                Words.Add(argument);
            }
        }
    }

    private static (Option<string[]> Option, string Key) Model => (new("--model") { Description = "The base model's folder [default: the demo model].", HelpName = "DIR" }, "Model:Path");

    /// <summary>What is left for the command to read.</summary>
    public List<string> Words { get; } = [];

    /// <summary>The settings that say where a server keeps its data.</summary>
    public static ServerSettings OfStore(IEnumerable<string> arguments) => new(arguments);

    /// <summary>The settings that say where a server keeps its data, and on which base model.</summary>
    public static ServerSettings OfStoreAndModel(IEnumerable<string> arguments)
    {
        var settings = new ServerSettings(arguments);
        settings._named.Insert(0, Model);
        return settings;
    }

    /// <summary>All settings of a server.</summary>
    public static ServerSettings OfServer(IEnumerable<string> arguments)
    {
        var settings = new ServerSettings(arguments);
        settings._named.InsertRange(0, [
            (new("--urls") { Description = "Where it listens [default: http://127.0.0.1:5080].", HelpName = "URLS" }, "Urls"),
            Model,
        ]);
        settings._named.Add((new("--roles") { Description = "What this process does, some of api, serving and learner with commas between [default: all]; several processes find each other by --Clustering:Provider=azure-tables or postgresql.", HelpName = "LIST" }, "Roles"));
        return settings;
    }

    /// <summary>Has a command and those below it take the options.</summary>
    public void AddTo(Command command)
    {
        foreach (var (option, _) in _named)
        {
            option.Recursive = true;
            command.Options.Add(option);
        }
    }

    /// <summary>The settings that were given; what is given twice has the later value.</summary>
    public IReadOnlyList<ServerSetting> Of(ParseResult parsed) =>
        [.. _named.Where(each => parsed.GetValue(each.Option) is [_, ..]).Select(each => new ServerSetting(each.Option.Name, each.Key, parsed.GetValue(each.Option)![^1])), .. _any];

    /// <summary>The store that was named, and the data folder.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">What was said of it makes no sense.</exception>
    public (StorageOptions Storage, string Data) StoreOf(ParseResult parsed)
    {
        var builder = RlhfHost.CreateBuilder(Of(parsed));
        return (builder.Checked<StorageOptions>("Storage"), builder.Configuration["Data"] ?? "data");
    }

    /// <summary>The base model's folder.</summary>
    /// <exception cref="DirectoryNotFoundException">None is named, and there is no demo model.</exception>
    public string ModelOf(ParseResult parsed) => RlhfHost.CreateBuilder(Of(parsed)).Checked<ModelOptions>("Model").Folder;

    /// <summary>What has a section or begins with a capital letter (such as <c>Roles</c>, or <c>OTEL_SERVICE_NAME</c>) is a setting.</summary>
    [GeneratedRegex("^--(?<key>[A-Z][A-Za-z0-9_]*(:[^:=]+)*|[a-z][A-Za-z0-9_]*(:[^:=]+)+)=(?<value>.*)$", RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
