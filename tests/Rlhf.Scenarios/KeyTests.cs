using System.ClientModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using Rlhf.Server.Hosting;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios;

/// <summary>From the first key to its end, as an operator and OpenAI's own client meet them.</summary>
public sealed class KeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_server_on_every_address_serves_who_has_a_key_until_it_is_revoked()
    {
        var made = JsonNode.Parse(await KeysAsync("add", "phone-app", "--json"))!;
        await using var server = await ServerProcess.StartAsync(_folder.Path, settings: ["--Kestrel:Endpoints:All:Url=http://0.0.0.0:0"]);
        Assert.Contains("Authorization: Bearer", server.Printed);
        var address = server.Printed.Split(' ', '\n').First(word => word.StartsWith("http://", StringComparison.Ordinal));
        var good = Chat(address, (string)made["key"]!);
        ChatCompletion completion = await good.CompleteChatAsync([new UserChatMessage("A latte.")], new ChatCompletionOptions { MaxOutputTokenCount = 4 });
        Assert.StartsWith("chatcmpl-", completion.Id);

        Assert.Equal(401, (await Assert.ThrowsAsync<ClientResultException>(() => Chat(address, "sk-wrong").CompleteChatAsync([new UserChatMessage("A latte.")]))).Status);
        await KeysAsync("revoke", (string)made["id"]!);
        var ended = await Assert.ThrowsAsync<ClientResultException>(async () =>
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (true)
            {
                await good.CompleteChatAsync([new UserChatMessage("A latte.")], new ChatCompletionOptions { MaxOutputTokenCount = 1 }, patience.Token);
            }
        });
        Assert.Equal(401, ended.Status);
        Assert.Contains("invalid_api_key", ended.Message);
        Assert.True(SpinWait.SpinUntil(() => server.Printed.Contains("was revoked", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
    }

    public void Dispose() => _folder.Dispose();

    private static ChatClient Chat(string address, string key) =>
        new OpenAIClient(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(new Uri(address), "v1") }).GetChatClient("demo");

    /// <summary>The server's program as <c>./rlhf keys</c> starts it.</summary>
    private async Task<string> KeysAsync(params string[] words)
    {
        using var keys = Process.Start(new ProcessStartInfo("dotnet", [typeof(RlhfApp).Assembly.Location, "keys", .. words, "--data", _folder.Path]) { RedirectStandardOutput = true })!;
        var output = await keys.StandardOutput.ReadToEndAsync();
        await keys.WaitForExitAsync();
        Assert.Equal(0, keys.ExitCode);
        return output;
    }
}
