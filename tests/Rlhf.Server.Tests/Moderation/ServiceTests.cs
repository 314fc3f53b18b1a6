using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Rlhf.Server.Tests.Telemetry;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Moderation;

/// <summary>Moderation by a service of OpenAI's shape.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task What_the_service_flags_is_refused_by_its_surest_category()
    {
        await using var service = await ModerationServer.StartAsync();
        await using var server = await StartAsync(service, "--Moderation:Key=secret", "--Moderation:Model=omni-moderation-latest");
        service.Flagged = "hurt";
        var refused = await server.ChatAsync("I will hurt you.");
        Assert.Equal(("content_filter", ""), Of(refused));
        Assert.Equal(("I will hurt you.", "omni-moderation-latest", "Bearer secret"), ((string?)service.Asked.Single().Body["input"], (string?)service.Asked.Single().Body["model"], service.Asked.Single().Key));
        Assert.True((await Scrape.OfAsync(server.Client)).Sum("rlhf_moderation_refused_total", ("rlhf_rule", "violence"), ("rlhf_side", "input")) >= 1);
        Assert.Equal("violence", (string?)(await server.GetAsync($"v1/conversations/{refused["conversation_id"]}")).Body["turns"]![0]!["filtered_by"]);

        service.Flagged = "\0";
        var let = await server.ChatAsync("A latte.", ("max_tokens", 30));
        Assert.Contains(service.Asked, asked => (string?)asked.Body["input"] == Of(let).Text); // the whole reply, at last
        service.Flagged = Of(let).Text[^3..];
        var cut = await server.ChatAsync("A latte.", ("max_tokens", 30));
        Assert.Equal("content_filter", Of(cut).Finish);
        Assert.DoesNotContain(service.Flagged, Of(cut).Text);
    }

    [Theory]
    [InlineData("refuses")]
    [InlineData("breaks off")]
    [InlineData("answers something else")]
    [InlineData("is slow")]
    public async Task Where_the_service_does_not_answer_nothing_is_said_unless_that_is_allowed(string what)
    {
        await using var service = await ModerationServer.StartAsync();
        service.Fault = what switch
        {
            "refuses" => http => Task.FromResult(http.Response.StatusCode = 401),
            "breaks off" => http =>
            {
                http.Abort();
                return Task.CompletedTask;
            },
            "is slow" => http => Task.Delay(Timeout.Infinite, http.RequestAborted),
            _ => http => http.Response.WriteAsync("""{"results":[]}"""),
        };
        await using (var strict = await StartAsync(service, "--Moderation:Timeout=00:00:00.400"))
        {
            var (status, body) = await strict.PostAsync("v1/chat/completions", RunningServer.Ask("A latte."));
            Assert.Equal((503, "moderation_unavailable", "server_error"), (status, (string?)body["error"]!["code"], (string?)body["error"]!["type"]));
            Assert.True((await Scrape.OfAsync(strict.Client)).Sum("rlhf_moderation_unanswered_total", ("rlhf_side", "input")) >= 1);
            service.Fault = null;
            await KeyedUntilAsync(strict); // and it goes on when the service does
        }

        service.Fault = http => Task.FromResult(http.Response.StatusCode = 401);
        await using var lenient = await StartAsync(service, "--Moderation:WhenUnavailable=Allow");
        Assert.NotEqual("content_filter", Of(await lenient.ChatAsync("A latte.")).Finish);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A circuit that was opened by many failures closes after a moment.</summary>
    private static Task KeyedUntilAsync(RunningServer server) =>
        Keys.KeyedServer.Until(async () => (await server.PostAsync("v1/chat/completions", RunningServer.Ask("A latte."))).Status == 200);

    private Task<RunningServer> StartAsync(ModerationServer service, params string[] settings) =>
        RunningServer.StartAsync(Path.Combine(_folder.Path, Guid.NewGuid().ToString("N")), [$"--Moderation:Url={service.Url}", "--Logging:LogLevel:Polly=None", .. settings]);

    private static (string Finish, string Text) Of(JsonNode completion) =>
        ((string)completion["choices"]![0]!["finish_reason"]!, (string)completion["choices"]![0]!["message"]!["content"]!);
}
