using System.Text.RegularExpressions;

namespace Rlhf.Deployment.Tests;

/// <summary>What Bicep cannot know: the settings, probes and port of the server.</summary>
public sealed class BicepTests
{
    private static readonly string Text = Repository.Read("deploy/azure/main.bicep");

    [Fact]
    public void Every_setting_is_one_that_the_server_takes()
    {
        var environment = Regex.Matches(Text, @"name: '(\w+__\w+)'(?:, value: '(.*?)')?").ToDictionary(
            setting => setting.Groups[1].Value,
            setting => (string?)(setting.Groups[2].Success ? setting.Groups[2].Value : new string('0', 64))); // the hash of a key, and the secret
        Assert.Contains("Clustering__Provider", environment.Keys);
        Settings.Require(environment);
        Assert.Equal(["api", "learner", "serving"], Regex.Matches(Text, "name: 'Roles', value: '(.*?)'").Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void Probes_ports_and_shutdown_are_the_servers()
    {
        Assert.All(Regex.Matches(Text, @"path: '(/health/\w+)', port: (\d+)"), probe => Assert.Equal("8080", probe.Groups[2].Value));
        Assert.All(Regex.Matches(Text, @"failureThreshold: (\d+)"), most => Assert.InRange(int.Parse(most.Groups[1].Value), 1, 10)); // what Container Apps take
        Assert.Equal(3, Regex.Count(Text, "terminationGracePeriodSeconds: 135"));
        Assert.Contains("targetPort: 8080", Text);
        Assert.Contains("workloadProfileType: gpuProfile", Text);
        Assert.Contains("{ name: 'Learner__Device', value: 'cuda' }", Text);
    }
}
