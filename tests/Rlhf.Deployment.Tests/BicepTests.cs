using System.Text.RegularExpressions;

namespace Rlhf.Deployment.Tests;

/// <summary>There is no Bicep compiler here: what can go wrong without one noticing is checked by hand.</summary>
public sealed class BicepTests
{
    private static readonly string Text = Repository.Read("deploy/azure/main.bicep");
    private static readonly string Bare = Regex.Replace(Text, @"'(?:[^'\\]|\\.)*'|//[^\n]*", match => match.Value[0] == '/' ? "" : "''");

    [Fact]
    public void Brackets_match()
    {
        var open = new Stack<char>();
        foreach (var character in Bare.Where("()[]{}".Contains))
        {
            if ("([{".Contains(character))
            {
                open.Push(character);
            }
            else
            {
                Assert.Equal(character, open.Pop() switch { '(' => ')', '[' => ']', _ => '}' });
            }
        }

        Assert.Empty(open);
    }

    [Fact]
    public void What_is_referred_to_is_declared_and_what_is_declared_is_used()
    {
        var declared = Regex.Matches(Bare, @"^(?:param|var|resource)\s+(\w+)", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(declared.Count, declared.Distinct().Count());
        var interpolated = string.Concat(Regex.Matches(Text, @"\$\{([^}]*)\}").Select(match => $" {match.Groups[1].Value} "));
        Assert.All(declared.Except(["logs", "api", "serving", "learner"]), name => Assert.True(
            Regex.Matches(Bare + interpolated, $@"\b{name}\b").Count > 1, $"{name} is never used."));
        var used = Regex.Matches(Bare + interpolated, @"(?<![\w.'])([a-z]\w*)\.(?:name|id|properties|listKeys)\b").Select(match => match.Groups[1].Value).Distinct();
        Assert.All(used, name => Assert.Contains(name, declared));
    }

    [Fact]
    public void Every_setting_is_one_that_the_server_takes()
    {
        var names = Regex.Matches(Text, @"name: '(\w+__\w+)'").Select(match => match.Groups[1].Value).ToList();
        Assert.Contains("Clustering__Provider", names);
        Assert.All(names, name => Assert.True(Settings.IsKnown(name.Split("__")), $"The server has no setting {name}."));
        Assert.Equal(["api", "learner", "serving"], Regex.Matches(Text, "name: 'Roles', value: '(.*?)'").Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void Probes_ports_and_shutdown_are_the_servers()
    {
        Assert.All(Regex.Matches(Text, @"path: '(/health/\w+)', port: (\d+)"), probe => Assert.Equal("8080", probe.Groups[2].Value));
        Assert.Equal(3, Regex.Count(Text, "terminationGracePeriodSeconds: 135"));
        Assert.Contains("targetPort: 8080", Text);
        Assert.Contains("workloadProfileType: gpuProfile", Text);
    }
}
