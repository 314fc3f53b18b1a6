using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rlhf.Server.Tests;
using Rlhf.Server.Tests.Telemetry;
using Rlhf.Storage.Tests;
using YamlDotNet.Serialization;

namespace Rlhf.Scenarios.Telemetry;

/// <summary>A server that has chatted, was rated and has trained, with a collector that heard of it all.</summary>
public sealed class WatchedServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The metrics at its end.</summary>
    public Scrape Metrics { get; private set; } = null!;

    /// <summary>The spans of all its life.</summary>
    public IReadOnlyList<Span> Spans { get; private set; } = [];

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        await using var collector = await Collector.StartAsync();
        string[] settings = [.. TinyTraining.Settings, .. collector.Settings, "--Learner:Ppo:Iterations=2", "--Learner:Gate:Replies=32", "--Versions:RefreshEvery=00:00:00.100"];
        await using (var server = await RunningServer.StartAsync(_folder.Path, settings))
        {
            await TinyLearning.PressAsync(server.Client, 24);
            await server.ChatAsync("A latte, please.", ("user", "ann"), ("metadata", new { conversation_id = "anns" }));
            Assert.Equal(403, (await server.PostAsync("v1/chat/completions", RunningServer.Ask("Me, too.", ("user", "bob"), ("metadata", new { conversation_id = "anns" })))).Status);
            await TinyLearning.PostAsync(server.Client, "v1/learner/train", new { });
            await TinyLearning.EndOfAsync(server.Client, "job-1");
            do
            {
                Metrics = await Scrape.OfAsync(server.Client); // thumbs are counted now and then
            }
            while (!Metrics.Types.ContainsKey("rlhf_version_thumbs_up"));
        }

        Spans = collector.Spans;
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>Activity sources are the process's: while others' servers run beside, a collector gets their spans, too.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess : ICollectionFixture<WatchedServer>;

[Collection(nameof(AloneInTheProcess))]
public sealed class WatchingTests(WatchedServer watched)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "grafana");
    private static readonly JsonNode Dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "dashboard.json")))!;
    private static readonly List<Dictionary<string, object>> Rules = ReadRules();

    /// <summary>Each expression with where it stands.</summary>
    public static IEnumerable<object[]> Expressions =>
        Panels().SelectMany(panel => panel["targets"]!.AsArray().Select(target => new object[] { $"panel {panel["title"]}", (string)target!["expr"]! }))
            .Concat(Rules.Select(rule => new object[] { $"alert {rule["alert"]}", (string)rule["expr"] }));

    [Fact]
    public void Training_is_a_trace_of_its_own_that_names_its_cause_and_has_its_stages()
    {
        var train = Assert.Single(watched.Spans, span => span.Name == "train");
        Assert.Equal("", train.ParentId);
        Assert.False(train.Failed);
        var cause = watched.Spans.Single(span => span.Id == Assert.Single(train.Links));
        Assert.Equal(watched.Spans.Single(span => span.Name == "POST /v1/learner/train").TraceId, cause.TraceId);

        var stages = watched.Spans.Where(span => span.ParentId == train.Id && span.Name.StartsWith("train ", StringComparison.Ordinal)).ToList();
        Assert.Equal(["train evaluate", "train ppo", "train reward"], stages.Select(stage => stage.Name).Order());
        var iterations = watched.Spans.Where(span => span.Name == "ppo iteration").ToList();
        Assert.Equal(2, iterations.Count);
        Assert.All(iterations, iteration => Assert.Equal(stages.Single(stage => stage.Name == "train ppo").Id, iteration.ParentId));
        Assert.DoesNotContain(watched.Spans, span => span.Name == "generate" && span.TraceId == train.TraceId); // thousands, for nobody
    }

    [Theory]
    [InlineData("rlhf_objective_kl")]
    [InlineData("rlhf_objective_rlhf_reward")]
    [InlineData("rlhf_objective_scores")]
    [InlineData("rlhf_objective_entropy")]
    public void What_a_training_aims_at_is_a_metric(string name) => Assert.Equal("gauge", watched.Metrics.Types[name]);

    [Fact]
    public void The_end_of_a_training_is_counted_by_its_outcome() => Assert.Equal(
        1, watched.Metrics.Sum("rlhf_learner_job_duration_seconds_count", ("rlhf_outcome", "published")) + watched.Metrics.Sum("rlhf_learner_job_duration_seconds_count", ("rlhf_outcome", "rejected")));

    [Fact]
    public void A_versions_thumbs_are_those_of_the_ledger() => Assert.Equal(
        (24, 1), (watched.Metrics.Sum("rlhf_version_thumbs", ("rlhf_version", "base")), watched.Metrics.Samples.Count(sample => sample.Name == "rlhf_version_thumbs_up")));

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Dashboard_and_alerts_name_only_metrics_and_labels_that_a_server_has(string where, string expression)
    {
        var metrics = PromQl.Metrics(expression).ToList();
        Assert.NotEmpty(metrics);
        var names = watched.Metrics.Samples.Select(sample => sample.Name).ToHashSet();
        var labels = watched.Metrics.Samples.SelectMany(sample => sample.Labels.Keys).ToHashSet();
        Assert.All(metrics, name => Assert.True(names.Contains(name), $"{where} names the metric {name}"));
        Assert.All(PromQl.Labels(expression), label => Assert.True(labels.Contains(label), $"{where} names the label {label}"));
    }

    [Fact]
    public void Each_panel_has_a_place_of_its_own_words_and_queries_of_the_chosen_source()
    {
        Assert.Equal(("rlhf-orleans", "Rlhf.Orleans"), ((string)Dashboard["uid"]!, (string)Dashboard["title"]!));
        Assert.True((int)Dashboard["schemaVersion"]! >= 36);
        var all = Dashboard["panels"]!.AsArray();
        Assert.Equal(all.Count, all.Select(panel => (int)panel!["id"]!).Distinct().Count());
        var taken = new HashSet<(int, int)>();
        foreach (var panel in all)
        {
            var at = panel!["gridPos"]!;
            var (x, y, w, h) = ((int)at["x"]!, (int)at["y"]!, (int)at["w"]!, (int)at["h"]!);
            Assert.InRange(x + w, 1, 24);
            Assert.All(from column in Enumerable.Range(x, w) from line in Enumerable.Range(y, h) select (column, line), cell => Assert.True(taken.Add(cell), (string?)panel["title"]));
        }

        foreach (var panel in Panels())
        {
            Assert.Equal("timeseries", (string?)panel["type"]);
            Assert.NotEmpty((string)panel["title"]!);
            Assert.NotEmpty((string)panel["description"]!);
            Assert.Equal("${datasource}", (string?)panel["datasource"]!["uid"]);
            var targets = panel["targets"]!.AsArray();
            Assert.Equal(targets.Count, targets.Select(target => (string)target!["refId"]!).Distinct().Count());
            Assert.All(targets, target => Assert.Equal("${datasource}", (string?)target!["datasource"]!["uid"]));
        }

        var variables = Dashboard["templating"]!["list"]!.AsArray().Select(variable => (string)variable!["name"]!).ToList();
        Assert.Equal(["datasource", "job"], variables);
        Assert.All(Regex.Matches(Dashboard.ToJsonString(), @"\$\{?(\w+)"), used => Assert.Contains(used.Groups[1].Value, variables.Append("__rate_interval")));
    }

    [Fact]
    public void Each_alert_has_a_name_of_its_own_a_severity_and_words_for_who_is_called()
    {
        Assert.Equal(Rules.Count, Rules.Select(rule => rule["alert"]).Distinct().Count());
        foreach (var rule in Rules)
        {
            Assert.Matches("^[A-Z][A-Za-z]+$", (string)rule["alert"]);
            Assert.Contains((string)((Dictionary<object, object>)rule["labels"])["severity"], (string[])["warning", "critical"]);
            var annotations = (Dictionary<object, object>)rule["annotations"];
            Assert.All((string[])["summary", "description"], annotation => Assert.NotEmpty((string)annotations[annotation]));
        }
    }

    private static IEnumerable<JsonNode> Panels() => Dashboard["panels"]!.AsArray().Select(panel => panel!).Where(panel => (string?)panel["type"] != "row");

    private static List<Dictionary<string, object>> ReadRules()
    {
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<Group>>>(File.ReadAllText(Path.Combine(Folder, "alerts.yaml")));
        return [.. file["groups"].SelectMany(group => group.Rules)];
    }

    private sealed class Group
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "rules")]
        public List<Dictionary<string, object>> Rules { get; set; } = [];
    }
}
