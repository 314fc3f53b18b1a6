using System.Text.Json.Nodes;

namespace Rlhf.Deployment.Tests;

public sealed class ComposeTests
{
    private static readonly JsonObject Compose = Yaml.Read("docker-compose.yml").Single();
    private static readonly Dictionary<string, JsonObject> Services = Compose["services"]!.AsObject().ToDictionary(service => service.Key, service => service.Value!.AsObject());

    private static IEnumerable<JsonObject> Ours => Services.Values.Where(service => service["build"] is not null);

    [Fact]
    public void There_are_two_that_serve_one_that_learns_and_one_that_answers() =>
        Assert.Equal(["api", "learner", "serving", "serving"], Ours.Select(service => service["environment"]!["Roles"].Text()).Order());

    [Fact]
    public void Every_setting_is_one_that_the_server_takes() =>
        Assert.All(Ours, service => Settings.Require(service["environment"]!.AsObject().ToDictionary(setting => setting.Key, setting => (string?)setting.Value.Text())));

    [Fact]
    public void Every_process_waits_for_a_healthy_storage_and_has_time_to_finish_its_replies() =>
        Assert.All(Ours, service =>
        {
            Assert.Equal("service_healthy", service["depends_on"]!["azurite"]!["condition"].Text());
            Assert.NotNull(Services["azurite"]["healthcheck"]);
            Assert.Equal("2m15s", service["stop_grace_period"].Text());
            Assert.True(File.Exists(Path.Combine(Repository.Root, service["build"]!["dockerfile"].Text())));
        });

    [Fact]
    public void Azurite_is_stopped_by_the_signal_at_which_it_saves_what_it_acknowledged() =>
        Assert.Equal("SIGINT", Services["azurite"]["stop_signal"].Text());

    [Fact]
    public void Volumes_are_declared_and_used_and_only_the_api_has_a_port()
    {
        var used = Services.Values.SelectMany(service => service["volumes"].Each()).Select(volume => volume.Text().Split(':')[0]).Order();
        Assert.Equal(used, Compose["volumes"]!.AsObject().Select(volume => volume.Key).Order());
        var open = Assert.Single(Services, service => service.Value["ports"] is not null);
        Assert.Equal(("api", "127.0.0.1:5080:8080"), (open.Key, Assert.Single(open.Value["ports"].Each()).Text()));
    }
}
