using System.Text.Json.Nodes;

namespace Rlhf.Deployment.Tests;

public sealed class KubernetesTests
{
    private const int HostPatience = 120;
    private static readonly JsonObject Kustomization = Yaml.Read("deploy/kubernetes/kustomization.yaml").Single();
    private static readonly List<JsonObject> Objects = [.. Kustomization["resources"].Each().SelectMany(file => Yaml.Read($"deploy/kubernetes/{file.Text()}"))];

    public static TheoryData<string> Roles => ["api", "serving", "learner"];

    [Fact]
    public void Every_manifest_is_listed_and_no_object_is_there_twice()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "deploy/kubernetes")).Select(Path.GetFileName).Where(file => file != "kustomization.yaml").Order();
        Assert.Equal(files, Kustomization["resources"].Each().Select(file => file.Text()).Order());
        Assert.Equal(Objects.Count, Objects.DistinctBy(made => (made["kind"].Text(), made["metadata"]!["name"].Text())).Count());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void A_deployment_has_the_role_that_it_is_named_for_and_only_settings_that_the_server_takes(string role)
    {
        var environment = Find("ConfigMap", "rlhf")["data"]!.AsObject().ToDictionary(setting => setting.Key, setting => (string?)setting.Value.Text());
        environment["Storage__ConnectionString"] = "from the secret";
        foreach (var setting in Container(role)["env"].Each())
        {
            environment[setting["name"].Text()] = setting["value"]?.Text() ?? "10.0.0.1"; // the pod's own address
        }

        Assert.Equal(role, environment["Roles"]);
        Settings.Require(environment);
        Assert.Equal(["rlhf", "rlhf"], Container(role)["envFrom"].Each().Select(from => (from["configMapRef"] ?? from["secretRef"])!["name"].Text()));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Labels_fit_together_and_a_disruption_leaves_somebody(string role)
    {
        var deployment = Find("Deployment", role);
        var labels = deployment["spec"]!["template"]!["metadata"]!["labels"]!.ToJsonString();
        Assert.Equal(labels, deployment["spec"]!["selector"]!["matchLabels"]!.ToJsonString());
        var budget = Find("PodDisruptionBudget", role)["spec"]!;
        Assert.Equal(labels, budget["selector"]!["matchLabels"]!.ToJsonString());
        Assert.Equal("1", (budget["minAvailable"] ?? budget["maxUnavailable"]).Text());
        Assert.Equal("2", deployment["spec"]!["replicas"].Text());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Probes_ask_for_what_there_is_and_liveness_touches_no_storage(string role)
    {
        var container = Container(role);
        var http = Assert.Single(container["ports"].Each(), port => port["name"].Text() == "http");
        Assert.Contains($"http://+:{http["containerPort"].Text()}", Repository.Read("deploy/Dockerfile"));
        Assert.Equal(
            ("/health/live", "/health/live", "/health/ready"),
            (Path("startupProbe"), Path("livenessProbe"), Path("readinessProbe")));
        var endpoints = Repository.Read("src/Rlhf.Server/Health/HealthEndpoints.cs");
        Assert.Contains("\"/health/live\"", endpoints);
        Assert.Contains("\"/health/ready\"", endpoints);

        string Path(string probe)
        {
            Assert.Equal("http", container[probe]!["httpGet"]!["port"].Text());
            return container[probe]!["httpGet"]!["path"].Text();
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void A_pod_has_time_to_finish_its_replies_runs_as_nobody_special_and_finds_its_volumes(string role)
    {
        var pod = Pod(role);
        Assert.True(int.Parse(pod["terminationGracePeriodSeconds"].Text()) > HostPatience);
        Assert.Equal("true", pod["securityContext"]!["runAsNonRoot"].Text());
        var security = Container(role)["securityContext"]!;
        Assert.Equal(("false", "true"), (security["allowPrivilegeEscalation"].Text(), security["readOnlyRootFilesystem"].Text()));
        Assert.Equal(pod["volumes"].Each().Select(volume => volume["name"].Text()), Container(role)["volumeMounts"].Each().Select(mount => mount["name"].Text()));
        foreach (var claim in pod["volumes"].Each().Select(volume => volume["persistentVolumeClaim"]).Where(claim => claim is not null))
        {
            Assert.Equal("ReadWriteMany", Assert.Single(Find("PersistentVolumeClaim", claim!["claimName"].Text())["spec"]!["accessModes"].Each()).Text());
        }
    }

    [Fact]
    public void The_service_sends_requests_to_the_api()
    {
        var service = Find("Service", "api")["spec"]!;
        Assert.Equal(Find("Deployment", "api")["spec"]!["selector"]!["matchLabels"]!.ToJsonString(), service["selector"]!.ToJsonString());
        Assert.Equal("http", Assert.Single(service["ports"].Each())["targetPort"].Text());
    }

    private static JsonObject Find(string kind, string name) =>
        Assert.Single(Objects, made => made["kind"].Text() == kind && made["metadata"]!["name"].Text() == name);

    private static JsonObject Pod(string role) => Find("Deployment", role)["spec"]!["template"]!["spec"]!.AsObject();

    private static JsonObject Container(string role) => Assert.Single(Pod(role)["containers"].Each()).AsObject();
}
