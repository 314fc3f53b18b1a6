using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>Two processes, one that answers HTTP and one that holds the grains, whose tables go away.</summary>
public sealed class ClusterOutageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [AzuriteFact]
    public async Task What_the_tables_refuse_in_another_process_is_503_with_its_code_and_Retry_After_until_they_are_back()
    {
        using var azurite = new AzuriteServer();
        string[] cluster = ["--storage", "azure-tables", "--connection", azurite.ConnectionString, "--Clustering:Provider=azure-tables"];
        await using var silo = ServerProcess.Start(
            Path.Combine(_folder.Path, "silo"),
            settings: [.. cluster, "--roles=serving,learner", "--Clustering:AdvertisedAddress=127.0.0.1", "--Clustering:SiloPort=0", "--Clustering:GatewayPort=0"]);
        await silo.NextLineAsync("Ready at");
        await using var api = await ServerProcess.StartAsync(Path.Combine(_folder.Path, "api"), settings: [.. cluster, "--roles=api"]);
        var breakfast = await AcceptedAsync(api, "v1/chat/completions", Ask("breakfast"));
        var id = (string)breakfast["id"]!;
        await AcceptedAsync(api, "v1/feedback", Thumb(id, "ann"));

        azurite.Stop();
        await RefusedAsync(api, "v1/feedback", Thumb(id, "ann"));
        await RefusedAsync(api, "v1/feedback", Thumb(id, "bob")); // a rater whose grain can't wake
        await RefusedAsync(api, "v1/chat/completions", Ask("lunch")); // a conversation whose grain can't wake
        await RefusedAsync(api, "v1/chat/completions", RunningServer.Ask("A latte.", ("user", "ann"))); // whose owner would have to be stored
        Assert.True((bool)(await AcceptedAsync(api, "v1/chat/completions", Ask("breakfast")))["unsaved"]!);

        azurite.Start();
        await AcceptedAsync(api, "v1/feedback", Thumb(id, "bob"));
        await AcceptedAsync(api, "v1/chat/completions", Ask("lunch"));
        await AcceptedAsync(api, "v1/chat/completions", RunningServer.Ask("A latte.", ("user", "ann")));
        Assert.Equal(2, (await api.GetAsync("v1/conversations/breakfast"))["turns"]!.AsArray().Count);
    }

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, object> Ask(string conversation) => RunningServer.Ask("A latte.", ("metadata", new { conversation_id = conversation }));

    private static object Thumb(string completion, string rater) => new { completion_id = completion, thumbs = "up", rater };

    private static async Task<JsonNode> AcceptedAsync(ServerProcess api, string path, object body)
    {
        using var response = await api.Client.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static async Task RefusedAsync(ServerProcess api, string path, object body)
    {
        using var response = await api.Client.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {text}");
        Assert.Equal("storage_unavailable", (string?)JsonNode.Parse(text)!["error"]!["code"]);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }
}
