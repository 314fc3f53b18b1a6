using System.Text.RegularExpressions;

namespace Rlhf.Deployment.Tests;

/// <summary>What Bicep cannot know: the settings, probes and port of the server.</summary>
public sealed class BicepTests
{
    private static readonly string Text = Repository.Read("deploy/azure/main.bicep");

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
