using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Inference;
using Rlhf.Inference.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests;

/// <summary>One place, held by a reply that never ends by itself, and what becomes of those who wait for it.</summary>
public sealed class LoadTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    private DecodeEngine Engine => _server.Services.GetRequiredService<DecodeEngine>();

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync(_folder.Path, $"--Model:Path={TinyModel.Endless}", "--Serving:MaxBatch=1", "--Serving:MaxQueue=6");
    }

    [Fact]
    public async Task A_connection_that_drops_frees_its_place_and_its_place_in_the_queue()
    {
        using var holder = await ConnectAsync(("max_tokens", 90_000));
        await RunningServer.Until(() => Engine.Running == 1);
        using (await ConnectAsync())
        {
            await RunningServer.Until(() => Engine.Waiting == 1);
        }

        await RunningServer.Until(() => Engine.Waiting == 0);
        Assert.Equal(1, Engine.Running);
        holder.Close();
        await RunningServer.Until(() => Engine.Running == 0);
        await _server.ChatAsync("The place is free.");
    }

    [Fact]
    public async Task A_full_queue_refuses_in_OpenAIs_shape_and_says_when_to_come_back()
    {
        using var holder = await ConnectAsync(("max_tokens", 90_000));
        await RunningServer.Until(() => Engine.Running == 1);
        var waiting = Enumerable.Range(0, 6).Select(_ => _server.ChatAsync("I wait.")).ToList();
        await RunningServer.Until(() => Engine.Waiting == 6);

        using var refused = await _server.AskAsync("Me, too.");
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        using var body = JsonDocument.Parse(await refused.Content.ReadAsStringAsync());
        var error = body.RootElement.GetProperty("error");
        Assert.Equal("rate_limit_error", error.GetProperty("type").GetString());
        Assert.Equal(["code", "message", "param", "type"], error.EnumerateObject().Select(field => field.Name).Order());

        holder.Close();
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task A_users_flood_does_not_hold_up_another_user()
    {
        using var holder = await ConnectAsync(("max_tokens", 90_000));
        await RunningServer.Until(() => Engine.Running == 1);
        var flood = Enumerable.Range(0, 6).Select(_ => _server.AskAsync("Me first.", ("user", "ann"), ("max_tokens", 1000))).ToList();
        await RunningServer.Until(() => Engine.Waiting == 6);
        var other = _server.ChatAsync("And me.", ("user", "bob"));
        var displaced = await await Task.WhenAny(flood);
        Assert.Equal(429, (int)displaced.StatusCode); // the queue was full of her requests, so one gave way

        holder.Close();
        await Task.WhenAll(flood);
        var others = await SaidAtAsync(await other);
        var before = 0;
        foreach (var reply in flood.Select(asked => asked.Result).Where(reply => reply.IsSuccessStatusCode))
        {
            before += await SaidAtAsync(JsonNode.Parse(await reply.Content.ReadAsStringAsync())!) < others ? 1 : 0;
        }

        Assert.InRange(before, 0, 3); // of five: one had its turn before the other user, and a slow machine may stamp late
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private Task<TcpClient> ConnectAsync(params (string Key, object Value)[] more) =>
        _server.ConnectAsync("I hold the place.", [.. more, ("stream", true)]);

    private async Task<DateTimeOffset> SaidAtAsync(JsonNode completion)
    {
        var (_, conversation) = await _server.GetAsync($"v1/conversations/{completion["conversation_id"]}");
        return (DateTimeOffset)conversation["turns"]![0]!["at"]!;
    }
}
