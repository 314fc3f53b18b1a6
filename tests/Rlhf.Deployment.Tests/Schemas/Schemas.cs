using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Deployment.Tests;

/// <summary>The schemas, types and grammars of those who read the shipped files, in Node packages.</summary>
internal static class Schemas
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("DEPLOYMENT_SCHEMAS") is { Length: > 0 } named
        ? named
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/tmp", ".cache"),
            "rlhf", "deployment-schemas-2");

    /// <summary>Why they can't be asked; null when they can.</summary>
    public static string? Missing { get; } = Directory.Exists(Path.Combine(Folder, "node_modules", "@prometheus-io"))
        ? null
        : $"The schemas are not in {Folder}; ./rlhf test installs them there (DEPLOYMENT_SCHEMAS names another folder).";

    /// <summary>What they find wrong with files of one kind, by the names in check.cjs: the text of one, or what a YAML one says.</summary>
    public static async Task<IReadOnlyList<string>> ComplaintsAsync(string kind, params IEnumerable<JsonNode> files)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Schemas", "check.cjs"), kind])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["DEPLOYMENT_SCHEMAS"] = Folder },
        })!;
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(files));
        node.StandardInput.Close();
        var answer = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.Equal(0, node.ExitCode);
        return JsonSerializer.Deserialize<List<string>>(answer)!;
    }
}

/// <summary>A test that asks the schemas; where they are missing it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SchemaFactAttribute : FactAttribute
{
    public SchemaFactAttribute()
    {
        Skip = Schemas.Missing;
    }
}

/// <summary>The same for a test with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SchemaTheoryAttribute : TheoryAttribute
{
    public SchemaTheoryAttribute()
    {
        Skip = Schemas.Missing;
    }
}
