using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rlhf.Deployment.Tests;

/// <summary>The shipped files, as those who read them see them.</summary>
public sealed class SchemaTests
{
    private const string Bicep = "deploy/azure/main.bicep";
    private const string Dashboard = "deploy/grafana/dashboard.json";
    private const string Alerts = "deploy/grafana/alerts.yaml";
    private const string Prometheus = "deploy/grafana/prometheus.yaml";

    private static JsonObject Compose => Yaml.Read("docker-compose.yml").Single();

    private static List<JsonObject> Manifests =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "deploy/kubernetes")).Where(file => Path.GetFileName(file) != "kustomization.yaml").SelectMany(file => Yaml.Read(Path.GetRelativePath(Repository.Root, file)))];

    private static IEnumerable<JsonNode> Expressions =>
        Yaml.Read(Alerts).Single()["groups"].Each().SelectMany(group => group["rules"].Each()).Select(rule => rule["expr"].Text())
            .Concat(JsonNode.Parse(Repository.Read(Dashboard))!["panels"].Each().SelectMany(panel => panel["targets"].Each()).Select(target => target["expr"].Text()))
            .Select(expression => (JsonNode)expression.Replace("$__rate_interval", "5m").Replace("$job", ".*")); // as Grafana replaces them

    [SchemaFact]
    public async Task Compose_is_what_its_specification_says() => Assert.Empty(await Schemas.ComplaintsAsync("compose", Compose));

    [SchemaFact]
    public async Task Each_object_is_what_Kubernetes_api_says() => Assert.Empty(await Schemas.ComplaintsAsync("kubernetes", Manifests));

    [SchemaFact]
    public async Task Each_expression_of_dashboard_and_alerts_is_PromQl()
    {
        Assert.True(Expressions.Count() > 40);
        Assert.Empty(await Schemas.ComplaintsAsync("promql", Expressions));
    }

    [SchemaFact]
    public async Task Alerts_are_a_rule_file_of_Prometheus() => Assert.Empty(await Schemas.ComplaintsAsync("alerts", Yaml.Read(Alerts)));

    [SchemaFact]
    public async Task Prometheus_configuration_is_what_its_schema_says() => Assert.Empty(await Schemas.ComplaintsAsync("prometheus", Yaml.Read(Prometheus)));

    [SchemaFact]
    public async Task The_dashboard_has_the_types_that_Grafana_publishes() => Assert.Empty(await Schemas.ComplaintsAsync("dashboard", Repository.Read(Dashboard)));

    [SchemaFact]
    public async Task Bicep_follows_its_grammar_and_uses_what_it_declares() => Assert.Empty(await Schemas.ComplaintsAsync("bicep", Repository.Read(Bicep)));

    [SchemaFact]
    public async Task What_is_wrong_in_a_compose_file_is_complained_about()
    {
        var compose = Compose;
        compose["services"]!["api"]!["prots"] = new JsonArray();
        Assert.Contains("prots", Assert.Single(await Schemas.ComplaintsAsync("compose", compose)));
    }

    [SchemaFact]
    public async Task What_is_wrong_in_a_manifest_is_complained_about()
    {
        var deployment = Manifests.First(made => made["kind"].Text() == "Deployment");
        deployment["spec"]!["replicas"] = "two";
        var unknown = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deploiment" };
        Assert.Collection(
            await Schemas.ComplaintsAsync("kubernetes", deployment, unknown),
            complaint => Assert.Contains("replicas", complaint),
            complaint => Assert.Contains("Deploiment", complaint));
    }

    [SchemaFact]
    public async Task What_is_wrong_in_an_expression_is_complained_about() =>
        Assert.Equal("PromQL, at 10: rate(a[5m]", Assert.Single(await Schemas.ComplaintsAsync("promql", "rate(a[5m])", "rate(a[5m]")));

    [SchemaFact]
    public async Task What_is_wrong_for_Prometheus_is_complained_about()
    {
        var alerts = Yaml.Read(Alerts).Single();
        alerts["groups"]![0]!["rules"]![0]!["for"] = "a while";
        Assert.Contains(await Schemas.ComplaintsAsync("alerts", alerts), complaint => complaint.Contains("/groups/0/rules/0/for"));
        var configuration = Yaml.Read(Prometheus).Single();
        configuration["global"]!["scrape_intervall"] = "15s";
        Assert.Contains("scrape_intervall", Assert.Single(await Schemas.ComplaintsAsync("prometheus", configuration)));
    }

    [SchemaTheory]
    [InlineData("\"timezone\"", "\"timezoen\"", "timezoen")]
    [InlineData("\"unit\": \"reqps\"", "\"unit\": \"reqp\"", "reqp")]
    [InlineData("\"placement\": \"bottom\"", "\"placement\": \"left\"", "left")]
    [InlineData("\"mode\": \"multi\",", "\"moed\": \"multi\",", "moed")]
    [InlineData("\"overrides\": []", "\"overides\": []", "overides")]
    [InlineData("\"legendFormat\"", "\"legend\"", "legend")]
    [InlineData("\"w\": 24,", "\"w\": \"24\",", "string")]
    [InlineData("\"refId\": \"jobs\"", "\"ref\": \"jobs\"", "ref")]
    [InlineData("\"type\": \"timeseries\"", "\"type\": \"timeserie\"", "timeserie")]
    public async Task What_is_wrong_in_a_dashboard_is_complained_about(string right, string wrong, string named)
    {
        var text = Repository.Read(Dashboard);
        var at = text.IndexOf(right, StringComparison.Ordinal);
        var complaints = await Schemas.ComplaintsAsync("dashboard", text[..at] + wrong + text[(at + right.Length)..]);
        Assert.Contains(named, complaints[0]);
        Assert.Contains($"line {text[..at].Count('\n'.Equals) + 1}:", complaints[0]);
    }

    [SchemaTheory]
    [InlineData("kind: 'StorageV2'", "kind: 'StorageV2", "unexpected")]
    [InlineData("sku: {", "sku: ", "unexpected")]
    [InlineData("image: image", "image: imago", "imago is not declared")]
    [InlineData("var probes", "var secrets", "secrets is declared twice")]
    [InlineData("take(name", "tkae(name", "tkae is not declared")]
    [InlineData("value: operatorKeySha256", "value: ''", "operatorKeySha256 is never used")]
    [InlineData("minReplicas: 2, ", "minReplicas: 2 ", "a comma or a line break is missing")]
    public async Task What_is_wrong_in_Bicep_is_complained_about(string right, string wrong, string complaint)
    {
        var text = Repository.Read(Bicep);
        Assert.Contains(right, text);
        Assert.Contains(await Schemas.ComplaintsAsync("bicep", text.Replace(right, wrong)), found => Regex.IsMatch(found, $"^Bicep, [0-9]+:[0-9]+: {complaint}"));
    }
}
