using System.Text.Json.Nodes;

namespace Rlhf.Deployment.Tests;

/// <summary>The shipped files, as those who read them see them.</summary>
public sealed class SchemaTests
{
    private static JsonObject Compose => Yaml.Read("docker-compose.yml").Single();

    private static List<JsonObject> Manifests =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "deploy/kubernetes")).Where(file => Path.GetFileName(file) != "kustomization.yaml").SelectMany(file => Yaml.Read(Path.GetRelativePath(Repository.Root, file)))];

    private static IEnumerable<string> Expressions =>
        Yaml.Read("deploy/grafana/alerts.yaml").Single()["groups"].Each().SelectMany(group => group["rules"].Each()).Select(rule => rule["expr"].Text())
            .Concat(JsonNode.Parse(Repository.Read("deploy/grafana/dashboard.json"))!["panels"].Each().SelectMany(panel => panel["targets"].Each()).Select(target => target["expr"].Text()))
            .Select(expression => expression.Replace("$__rate_interval", "5m").Replace("$job", ".*")); // as Grafana replaces them

    [SchemaFact]
    public async Task Compose_is_what_its_specification_says() => Assert.Empty(await Schemas.ComplaintsAsync(compose: Compose));

    [SchemaFact]
    public async Task Each_object_is_what_Kubernetes_api_says() => Assert.Empty(await Schemas.ComplaintsAsync(kubernetes: Manifests));

    [SchemaFact]
    public async Task Each_expression_of_dashboard_and_alerts_is_PromQl()
    {
        Assert.True(Expressions.Count() > 40);
        Assert.Empty(await Schemas.ComplaintsAsync(promQl: Expressions));
    }

    [SchemaFact]
    public async Task What_is_wrong_is_complained_about()
    {
        var compose = Compose;
        compose["services"]!["api"]!["prots"] = new JsonArray();
        var deployment = Manifests.First(made => made["kind"].Text() == "Deployment");
        deployment["spec"]!["replicas"] = "two";
        var unknown = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deploiment" };

        var complaints = await Schemas.ComplaintsAsync(compose, [deployment, unknown], ["rate(a[5m])", "rate(a[5m]"]);
        Assert.Equal(4, complaints.Count);
        Assert.Contains("prots", complaints[0]);
        Assert.Contains("replicas", complaints[1]);
        Assert.Contains("Deploiment", complaints[2]);
        Assert.Contains("PromQL", complaints[3]);
    }
}
