using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>A server whose tables go away while people chat.</summary>
public sealed class OutageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [AzuriteFact]
    public async Task Chatting_goes_on_while_the_tables_are_away_and_thumbs_are_refused_until_they_are_back()
    {
        using var azurite = new AzuriteServer();
        string[] storage = ["--storage", "azure-tables", "--connection", azurite.ConnectionString];
        await using (var server = await ServerProcess.StartAsync(_folder.Path, settings: storage))
        {
            var before = await ChatAsync(server, "breakfast");
            Assert.Null(before["unsaved"]);
            await RateAsync(server, before, HttpStatusCode.OK);

            azurite.Stop();
            var during = await ChatAsync(server, "breakfast");
            Assert.True((bool)during["unsaved"]!);
            await RateAsync(server, before, HttpStatusCode.ServiceUnavailable);
            await RateAsync(server, during, HttpStatusCode.ServiceUnavailable);
            var opened = await ChatAsync(server, null);
            Assert.True((bool)opened["unsaved"]!);
            Assert.EndsWith("\"unsaved\":true}\n\ndata: [DONE]\n\n", await StreamAsync(server, (string)opened["conversation_id"]!));

            using (var unstored = await server.Client.PostAsJsonAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("store", false), ("stream", true))))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, unstored.StatusCode); // its number could come again
            }

            // What is rated is saved first, so that both conversations are there whole after the kill.
            azurite.Start();
            await RateAsync(server, during, HttpStatusCode.OK);
            await RateAsync(server, opened, HttpStatusCode.OK);
            await server.KillAsync();
        }

        await using var again = await ServerProcess.StartAsync(_folder.Path, settings: storage);
        var breakfast = (await again.GetAsync("v1/conversations/breakfast"))["turns"]!.AsArray();
        Assert.Equal(["chatcmpl-breakfast-1", "chatcmpl-breakfast-2"], breakfast.Select(turn => (string)turn!["completion_id"]!));
        Assert.All(breakfast, turn => Assert.Single(turn!["thumbs"]!.AsArray()));
        Assert.Equal(3, (int)(await again.GetAsync("v1/learner"))["feedback_total"]!);
    }

    [AzuriteFact]
    public async Task A_process_whose_tables_are_away_is_not_ready_but_lives()
    {
        using var proxy = new FaultyProxy(AzuriteServer.Shared.Port);
        await using var server = await RunningServer.StartAsync(
            _folder.Path, "--storage", "azure-tables", "--connection", proxy.ConnectionString, "--Storage:Prefix=unready");
        Assert.Equal(200, (await server.GetAsync("health/ready")).Status);

        proxy.Rule = _ => Fault.Busy;
        var (status, body) = await server.GetAsync("health/ready");
        Assert.Equal((503, 503), (status, (int)body["status"]!));
        Assert.Contains("The table storage", (string?)body["detail"]);
        Assert.Equal(200, (await server.GetAsync("health/live")).Status);

        proxy.Rule = _ => Fault.None;
        Assert.Equal(200, (await server.GetAsync("health/ready")).Status);
    }

    [AzuriteTheory]
    [InlineData(false)]  // it collects what it is to learn from
    [InlineData(true)]   // it has that, and will want to save what it learned
    public async Task A_training_waits_for_the_tables(bool learns)
    {
        using var proxy = new FaultyProxy(AzuriteServer.Shared.Port);
        await using var server = await ServerProcess.StartAsync(
            _folder.Path, settings: [.. TinyTraining.Settings, "--storage", "azure-tables", "--connection", proxy.ConnectionString, $"--Storage:Prefix=outage{learns}"]);
        await TinyLearning.PressAsync(server.Client, 24);
        await TinyLearning.PostAsync(server.Client, "v1/learner/train", new { });
        if (learns)
        {
            await TinyLearning.StageAsync(server, "ppo");
        }

        proxy.Rule = _ => Fault.Busy;
        while (!server.Printed.Contains("Training job job-1 waits for the store", StringComparison.Ordinal))
        {
            Assert.DoesNotContain("Training job job-1 failed", server.Printed);
            await Task.Delay(10);
        }

        proxy.Rule = _ => Fault.None;
        var outcome = (await TinyLearning.EndOfAsync(server.Client, "job-1"))["last_job"]!;
        Assert.Contains((string?)outcome["outcome"], (string[])["published", "rejected"]);
    }

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, object> Ask(string? conversation) =>
        conversation is null ? RunningServer.Ask("A latte.") : RunningServer.Ask("A latte.", ("metadata", new { conversation_id = conversation }));

    private static Task<JsonNode> ChatAsync(ServerProcess server, string? conversation) => TinyLearning.PostAsync(server.Client, "v1/chat/completions", Ask(conversation));

    private static async Task<string> StreamAsync(ServerProcess server, string conversation)
    {
        var body = Ask(conversation);
        body["stream"] = true;
        using var response = await server.Client.PostAsJsonAsync("v1/chat/completions", body);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task RateAsync(ServerProcess server, JsonNode reply, HttpStatusCode expected)
    {
        using var response = await server.Client.PostAsJsonAsync("v1/feedback", new { completion_id = (string)reply["id"]!, thumbs = "up", rater = "ann" });
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, text);
        if (expected == HttpStatusCode.ServiceUnavailable)
        {
            Assert.Contains("storage_unavailable", text);
        }
    }
}
