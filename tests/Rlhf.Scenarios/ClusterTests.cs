using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>Processes of one cluster on this machine: silos that serve, and an api that is their client.</summary>
public sealed class ClusterTests : IDisposable
{
    // Shorter than Orleans' response timeout of 30 seconds, which streams of a dead silo would otherwise wait for.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();
    private readonly string _cluster = $"c{Guid.NewGuid():n}";

    [AzuriteFact]
    public async Task A_stream_ends_when_its_silo_is_given_up_and_every_process_says_so_once()
    {
        await using var one = await StartAsync("serving");
        await using var two = await StartAsync("serving");
        await using var api = await StartAsync("api");
        Assert.Contains("Silo ", api.Printed);
        using var response = await OpenAsync(api, "breakfast");
        var silo = Assert.Single(response.Headers.GetValues("x-rlhf-silo"));
        var (drawing, other) = one.Printed.Contains($"(silo {silo})", StringComparison.Ordinal) ? (one, two) : (two, one);
        Assert.Contains($"(silo {silo})", drawing.Printed);

        var left = api.NextLineAsync($"Silo {silo} left the cluster");
        var dead = other.NextLineAsync($"Silo {silo} is dead");
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[6]); // the stream has begun
        var rest = new StreamReader(body).ReadToEndAsync();
        await drawing.KillAsync();
        await Task.WhenAll(left, dead);

        Assert.Contains("server_unavailable", await rest.WaitAsync(Soon));
        var again = await TinyLearning.PostAsync(api.Client, "v1/chat/completions", RunningServer.Ask("And a tea.", ("metadata", new { conversation_id = "breakfast" })));
        Assert.Equal("breakfast", (string?)again["conversation_id"]);
        Assert.Single(api.Printed.Split('\n'), line => line.Contains($"Silo {silo} joined", StringComparison.Ordinal));
        Assert.Single(other.Printed.Split('\n'), line => line.Contains($"Silo {silo} is dead", StringComparison.Ordinal));
    }

    [AzuriteFact]
    public async Task A_silo_listens_on_the_address_by_which_others_reach_it_and_on_no_other_and_leaves_in_good_order()
    {
        await using var stays = await StartAsync("serving");
        await using var leaves = await StartAsync("serving");
        var silo = leaves.Printed.Split("(silo ")[1].Split(')')[0];
        var port = int.Parse(silo.Split(':')[1]);
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
        }

        using (var client = new TcpClient())
        {
            await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Parse("127.0.0.2"), port));
        }

        var left = stays.NextLineAsync($"Silo {silo} left the cluster");
        leaves.Terminate();
        Assert.Equal(0, await leaves.ExitCodeAsync());
        await left;
        Assert.DoesNotContain("warn:", leaves.Printed);
        Assert.DoesNotContain("fail:", leaves.Printed);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<ServerProcess> StartAsync(string role)
    {
        var server = await ServerProcess.StartAsync(
            Path.Combine(_folder.Path, Guid.NewGuid().ToString("n")),
            model: TinyModel.Endless,
            settings:
            [
                "--storage", "azure-tables", "--connection", AzuriteServer.Shared.ConnectionString, $"--Storage:Prefix={_cluster[..20]}",
                "--roles", role, "--Clustering:Provider=azure-tables", $"--Clustering:ClusterId={_cluster}", "--Clustering:AdvertisedAddress=127.0.0.1",
                "--Clustering:SiloPort=0", "--Clustering:GatewayPort=0", "--Clustering:ProbeTimeout=00:00:01", "--Clustering:NumMissedProbesLimit=2",
                "--Chat:MaxTokens=100000",
            ]);
        Assert.False(server.Process.HasExited, server.Printed);
        return server;
    }

    private static async Task<HttpResponseMessage> OpenAsync(ServerProcess api, string conversation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(RunningServer.Ask("A latte.", ("stream", true), ("max_tokens", 90_000), ("metadata", new { conversation_id = conversation }))),
        };
        var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode);
        return response;
    }
}
