using System.Text.RegularExpressions;

namespace Rlhf.Deployment.Tests;

/// <summary>What the operator is told exists.</summary>
public sealed class OperationsTests
{
    private static readonly string Text = Repository.Read("docs/operations.md");
    private static readonly List<string> Quoted = [.. Regex.Matches(Text, "`([^`]+)`").Select(match => match.Groups[1].Value)];

    private static readonly string Sources = string.Join('\n', Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/"))
        .Select(File.ReadAllText));

    [Fact]
    public void Every_setting_is_one_that_the_server_takes()
    {
        var settings = Quoted.Where(word => Regex.IsMatch(word, @"^[A-Z]\w+(:[A-Z]\w+)+$")).Distinct().ToList();
        Assert.Contains("Clustering:ClusterId", settings);
        Assert.All(settings, setting => Assert.True(Settings.IsKnown(setting.Split(':')), $"The server has no setting {setting}."));
    }

    [Fact]
    public void Every_line_that_is_quoted_is_one_that_the_server_says()
    {
        var lines = Quoted.Where(word => Regex.IsMatch(word, @"^(…|[A-Z]\w*) [a-z]")).ToList();
        Assert.True(lines.Count >= 10);
        foreach (var line in lines)
        {
            Assert.All(line.Split('…', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), part => Assert.True(Sources.Contains(part), $"Nobody says '{part}'."));
        }
    }

    [Fact]
    public void Every_alert_and_metric_is_one_that_there_is()
    {
        var alerts = Repository.Read("deploy/grafana/alerts.yaml");
        var shown = alerts + Repository.Read("deploy/grafana/dashboard.json");
        Assert.All(Regex.Matches(Text, @"\b(?:[A-Z][a-z]+){2,}\b(?=[,;.)]| is)").Select(match => match.Value).Where(word => Text.Contains($"Seen: {word}") || Text.Contains($"the alert {word}")),
            alert => Assert.Contains($"alert: {alert}", alerts));
        Assert.All(Quoted.Where(word => word.StartsWith("rlhf_", StringComparison.Ordinal)), metric => Assert.True(
            shown.Contains(metric) || Sources.Contains($"\"{metric.Replace("_total", "").Replace('_', '.')}\""), $"Nobody shows or counts {metric}."));
    }

    [Fact]
    public void Every_route_and_file_is_there()
    {
        foreach (var route in Regex.Matches(Text, @"(?<=GET |…)/(?:v1|health)/\w+").Select(match => match.Value).Distinct())
        {
            Assert.Contains($"\"{route}", Sources);
        }

        Assert.All((string[])["deploy/kubernetes", "deploy/azure", "deploy/grafana"], folder => Assert.True(Directory.Exists(Path.Combine(Repository.Root, folder))));
    }
}
