using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios.Clients;

/// <summary>Where <c>./rlhf test</c> puts the clients for Node, or where <c>OPENAI_CLIENTS</c> says that they are.</summary>
internal static class NodeClients
{
    /// <summary>The folder that npm installed them in.</summary>
    public static readonly string Folder = Environment.GetEnvironmentVariable("OPENAI_CLIENTS") is { Length: > 0 } named
        ? named
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/tmp", ".cache"),
            "rlhf", "openai-clients-1");

    /// <summary>Why they can't be run; null when they can.</summary>
    public static string? Missing { get; } =
        !Directory.Exists(Path.Combine(Folder, "node_modules", "@ai-sdk", "openai-compatible")) ? $"The clients are not in {Folder}; ./rlhf test installs them there (OPENAI_CLIENTS names another folder)."
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node"))) ? null
        : "Node is not on the PATH; ./rlhf test installs it.";
}

/// <summary>A test with cases that needs the clients for Node; where they are missing it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NodeClientTheoryAttribute : TheoryAttribute
{
    public NodeClientTheoryAttribute() => Skip = NodeClients.Missing;
}

/// <inheritdoc cref="NodeClientTheoryAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NodeClientFactAttribute : FactAttribute
{
    public NodeClientFactAttribute() => Skip = NodeClients.Missing;
}

/// <summary>A client's suite, run once against a real server with keys and a model that can be shown tools.</summary>
/// <param name="script">The suite's script.</param>
public abstract class NodeSuite(string script) : IAsyncLifetime
{
    private const string Key = "the-key-of-the-suite";
    private const string SlowKey = "a-key-for-one-request";
    private readonly Dictionary<string, string?> _errors = [];

    /// <summary>What went wrong in each case, by its name; null where nothing did.</summary>
    public IReadOnlyDictionary<string, string?> Errors => _errors;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (NodeClients.Missing is not null)
        {
            return;
        }

        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(
            folder.Path,
            $"--Model:Path={TinyModel.WithTools}",
            "--Keys:Configured:0:Client=suite", $"--Keys:Configured:0:Sha256={HashOf(Key)}", "--Keys:Configured:0:Roles=chat,rate,watch",
            "--Keys:Configured:1:Client=slow", $"--Keys:Configured:1:Sha256={HashOf(SlowKey)}", "--Keys:Configured:1:PerMinute=1");
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Clients", script)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["OPENAI_CLIENTS"] = NodeClients.Folder,
                ["BASE_URL"] = $"{server.Address}v1/",
                ["KEY"] = Key,
                ["SLOW_KEY"] = SlowKey,
            },
        })!;
        var complaints = node.StandardError.ReadToEndAsync();
        while (await node.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith('{'))
            {
                var result = JsonSerializer.Deserialize<JsonElement>(line);
                _errors.Add(result.GetProperty("name").GetString()!, result.GetProperty("error").GetString());
            }
        }

        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await complaints);
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

    private static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
