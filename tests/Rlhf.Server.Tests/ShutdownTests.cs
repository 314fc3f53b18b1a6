using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Inference;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests;

public sealed class ShutdownTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Replies_under_way_are_finished_before_the_server_stops()
    {
        var server = await RunningServer.StartAsync(_folder.Path);
        using var client = new HttpClient { BaseAddress = server.Address };
        using var response = await OpenAsync(client);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[6]); // the stream has begun

        var stopping = server.DisposeAsync().AsTask();
        var rest = await new StreamReader(body).ReadToEndAsync();
        await stopping;

        Assert.EndsWith("data: [DONE]\n\n", rest);
        await using var again = await RunningServer.StartAsync(_folder.Path);
        Assert.Single((await again.GetAsync("v1/conversations/breakfast")).Body["turns"]!.AsArray());
    }

    [Fact]
    public async Task A_reader_who_leaves_frees_the_place_and_the_conversation_goes_on()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        using (var response = await OpenAsync(server.Client))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[6]);
        }

        var engine = server.Services.GetRequiredService<DecodeEngine>();
        Assert.True(SpinWait.SpinUntil(() => engine.Running + engine.Waiting == 0, TimeSpan.FromSeconds(30)));
        await server.ChatAsync("And a tea.", ("metadata", new { conversation_id = "breakfast" }));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<HttpResponseMessage> OpenAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(RunningServer.Ask("A latte.", ("stream", true), ("max_tokens", 200), ("metadata", new { conversation_id = "breakfast" }))),
        };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
