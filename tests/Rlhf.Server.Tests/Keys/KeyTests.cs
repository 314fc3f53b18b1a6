using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Rlhf.Server.Hosting;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Keys;

/// <summary>Who comes in, and who does not.</summary>
public sealed class KeyTests(KeyedServerFixture fixture) : IClassFixture<KeyedServerFixture>
{
    private KeyedServer Keyed => fixture.Keyed;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("rlhf_aaaaaaaa_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq")]
    [InlineData("unused")]
    public async Task Without_a_good_key_OpenAIs_clients_read_401_in_their_own_shape(string? key)
    {
        using var client = Keyed.Client(key is "" or null ? null : key);
        if (key == "")
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer ");
        }

        foreach (var path in (string[])["v1/models", "v1/models/demo", "v1/chat/completions", "v1/feedback"])
        {
            using var response = path.EndsWith("s", StringComparison.Ordinal) && path.StartsWith("v1/chat", StringComparison.Ordinal)
                ? await client.PostAsJsonAsync(path, RunningServer.Ask("hi"))
                : path == "v1/feedback" ? await client.DeleteAsync(path) : await client.GetAsync(path);
            Assert.Equal(401, (int)response.StatusCode);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!.AsObject();
            Assert.Equal(["code", "message", "param", "type"], error.Select(field => field.Key).Order());
            Assert.Equal(("invalid_api_key", "invalid_request_error"), ((string?)error["code"], (string?)error["type"]));
            Assert.DoesNotContain("ABCDEF", (string?)error["message"]);
        }
    }

    [Theory]
    [InlineData("v1/versions")]
    [InlineData("v1/learner")]
    [InlineData("v1/conversations/nobody")]
    [InlineData("nothing")]
    public async Task Elsewhere_401_is_problem_details(string path)
    {
        using var client = Keyed.Client(null);
        using var response = await client.GetAsync(path);
        Assert.Equal((401, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("")]
    [InlineData("health/live")]
    [InlineData("health/ready")]
    public async Task The_page_and_the_health_need_no_key(string path)
    {
        using var client = Keyed.Client(null);
        using var response = await client.GetAsync(path);
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_key_made_beside_a_running_server_is_good_and_a_revoked_one_is_not()
    {
        var (id, key) = await Keyed.MakeAsync("short-lived");
        using var client = Keyed.Client(key);
        await KeyedServer.Until(async () => await KeyedServer.StatusAsync(client) == 200);

        Assert.Contains($"{id} of short-lived is revoked", await Keyed.CommandAsync("revoke", key)); // whoever finds a key may end it
        await KeyedServer.Until(async () => await KeyedServer.StatusAsync(client) == 401);
    }

    [Theory]
    [InlineData("chat", "POST v1/chat/completions=400 GET v1/models=200 GET v1/conversations/x=404 POST v1/feedback=400 GET v1/learner=403 POST v1/learner/train=403 GET v1/versions=403 POST v1/versions/v9/promote=403 POST v1/versions/v9/rollback=403 POST v1/feedback/import=403 GET metrics=403 GET v1/nothing=404 GET v1/learner/train=405")]
    [InlineData("rate", "POST v1/chat/completions=403 GET v1/models=200 GET v1/conversations/x=403 POST v1/feedback=400 GET v1/feedback=403 DELETE v1/feedback=400 GET v1/learner=403 POST v1/learner/train=403 GET v1/versions=403 POST v1/feedback/import=403")]
    [InlineData("operate", "POST v1/chat/completions=403 GET v1/models=200 GET v1/conversations/x=404 GET v1/feedback=200 POST v1/feedback=403 DELETE v1/feedback=403 GET v1/learner=200 POST v1/learner/train=409 GET v1/versions=200 POST v1/versions/v9/promote=404 GET metrics=200 POST v1/feedback/import=400")]
    [InlineData("watch", "GET metrics=200 GET v1/learner=200 GET v1/versions=200 GET v1/models=200 POST v1/chat/completions=403 GET v1/conversations/x=403 POST v1/feedback=403 DELETE v1/feedback=403 POST v1/learner/train=403 POST v1/versions/v9/promote=403 POST v1/feedback/import=403")]
    [InlineData("chat,rate,operate", "POST v1/chat/completions=400 GET v1/conversations/x=404 POST v1/feedback=400 GET v1/learner=200 POST v1/feedback/import=400")]
    public async Task A_role_opens_its_endpoints_and_no_others(string roles, string answers)
    {
        using var client = await Keyed.ClientAsync($"role-{roles.Replace(',', '-')}", "--roles", roles);
        foreach (var (method, path, status) in answers.Split(['=', ' ']).Chunk(3).Select(each => (each[0], each[1], int.Parse(each[2]))))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? JsonContent.Create(new { }) : null };
            using var response = await client.SendAsync(request);
            Assert.True(status == (int)response.StatusCode, $"{method} {path} was answered {(int)response.StatusCode}, not {status}");
        }
    }

    [Fact]
    public async Task An_endpoint_that_names_no_policy_is_the_operators()
    {
        using var folder = new TemporaryFolder();
        (string Role, int Status)[] callers = [("chat", 403), ("watch", 403), ("operate", 200)];
        var keys = callers.SelectMany((caller, i) => new[]
        {
            $"--Keys:Configured:{i}:Client={caller.Role}", $"--Keys:Configured:{i}:Roles={caller.Role}",
            $"--Keys:Configured:{i}:Sha256={Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(caller.Role)))}",
        });
        await using var app = RlhfApp.Create(["--urls", "http://127.0.0.1:0", "--data", folder.Path, "--model", TinyModel.Folder, "--Logging:LogLevel:Rlhf=Warning", .. keys]);
        app.MapGet("/forgotten", () => "its author forgot the policy");
        await app.StartAsync();
        foreach (var (role, status) in callers)
        {
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), DefaultRequestHeaders = { Authorization = new("Bearer", role) } };
            using var response = await client.GetAsync("forgotten");
            Assert.Equal((role, status), (role, (int)response.StatusCode));
        }

        await app.StopAsync();
    }

    [Fact]
    public async Task A_key_of_the_wrong_role_is_told_which_is_right()
    {
        using var client = await Keyed.ClientAsync("wrong-role", "--roles", "rate");
        var (status, body) = await KeyedServer.AskAsync(client, "hi");
        Assert.Equal((403, "permission_error", "insufficient_permissions"), (status, (string?)body["error"]!["type"], (string?)body["error"]!["code"]));
        Assert.Contains("takes one of the role chat", (string?)body["error"]!["message"]);

        var (_, problem) = await KeyedServer.ReadAsync(await client.GetAsync("v1/versions"));
        Assert.Contains("takes one of the role operate or watch", (string?)problem["detail"]);
    }
}
