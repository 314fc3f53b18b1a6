using System.Reflection;
using NetArchTest.Rules;

namespace Rlhf.Scenarios;

/// <summary>Who may know whom: between the projects, and between the folders of each.</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] Projects = ["Contracts", "Inference", "Statistics", "Storage", "Learning", "Grains", "Learner", "WebConsole", "Server", "Cli"];

    [Theory]
    [InlineData("Contracts", "")]
    [InlineData("Inference", "")]
    [InlineData("Statistics", "")]
    [InlineData("Storage", "Contracts")]
    [InlineData("Learning", "Inference")]
    [InlineData("Grains", "Contracts Inference Statistics Storage")]
    [InlineData("Learner", "Contracts Inference Statistics Storage Learning Grains")]
    [InlineData("Console", "WebConsole")] // its namespace, so that Console goes on to mean the system's
    [InlineData("Server", "Contracts Inference Statistics Storage Learning Grains Learner WebConsole")]
    [InlineData("Cli", "Inference Statistics Learning")]
    public void A_project_uses_only_those_it_may_know(string project, string known)
    {
        string[] others = [.. Projects.Where(other => other != project).Except(known.Split(' ')).Select(other => $"Rlhf.{other}")];

        Assert.Empty(Types.InAssembly(Assembly.Load($"Rlhf.{project}")).That().HaveDependencyOnAny(others).GetTypes().Select(type => type.FullName));
    }

    [Theory]
    [InlineData("Contracts", "TorchSharp")]
    [InlineData("Inference", "TorchSharp")]
    [InlineData("Inference", "Orleans")]
    [InlineData("Statistics", "TorchSharp")]
    [InlineData("Statistics", "Orleans")]
    [InlineData("Storage", "TorchSharp")]
    [InlineData("Learning", "Orleans")]
    [InlineData("Grains", "TorchSharp")]
    [InlineData("Grains", "Microsoft.Data.Sqlite")]
    [InlineData("Grains", "Azure.Data.Tables")]
    [InlineData("Server", "TorchSharp")]
    [InlineData("Console", "Orleans")]
    [InlineData("Cli", "TorchSharp")]
    [InlineData("Cli", "Orleans")]
    public void A_project_leaves_to_others_what_is_theirs(string project, string library)
        => Assert.Empty(Types.InAssembly(Assembly.Load($"Rlhf.{project}")).That().HaveDependencyOn(library).GetTypes().Select(type => type.FullName));

    /// <summary>A folder is one with all below it; what lies above all folders is composition and may use any.</summary>
    [Theory]
    [InlineData("Contracts")]
    [InlineData("Storage")]
    [InlineData("Learning")]
    [InlineData("Learner")]
    [InlineData("Cli")]
    public void The_folders_of_a_project_form_no_circles(string project)
    {
        var root = $"Rlhf.{project}.";
        var types = Types.InAssembly(Assembly.Load($"Rlhf.{project}"));
        string[] folders = [.. types.GetTypes().Select(type => type.Namespace ?? "").Where(name => name.StartsWith(root, StringComparison.Ordinal)).Select(name => name[root.Length..].Split('.')[0]).Distinct().Order(StringComparer.Ordinal)];
        var uses = folders.ToDictionary(
            folder => folder,
            folder => folders.Where(other => other != folder && types.That().ResideInNamespace(root + folder).And().HaveDependencyOn(root + other).GetTypes().Any()).ToHashSet());
        foreach (var through in folders)
        {
            foreach (var folder in folders.Where(folder => uses[folder].Contains(through)))
                uses[folder].UnionWith(uses[through]);
        }

        var circles = folders.Where(folder => uses[folder].Contains(folder)).GroupBy(folder => string.Join(' ', uses[folder].Where(other => uses[other].Contains(folder)).Order(StringComparer.Ordinal))).Select(circle => circle.Key);

        Assert.Empty(circles);
    }
}
