using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Rlhf.Deployment.Tests;
using Rlhf.Server.Tests.Keys;

namespace Rlhf.Server.Tests.OpenApi;

public sealed class DescriptionTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task Every_endpoint_is_described_with_what_it_takes_and_answers()
    {
        var description = await Description.OfAsync(Server.Client);
        // Pages and what they load are for browsers.
        var endpoints = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => !Regex.IsMatch(endpoint.RoutePattern.RawText!, "^/?(docs|openapi|dashboard|console|_blazor|_framework|_content)(/|$)"))
            .Where(endpoint => endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is null).ToList();
        Assert.True(endpoints.Count >= 15);
        foreach (var endpoint in endpoints)
        {
            var path = endpoint.RoutePattern.RawText!;
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                var operation = description.Operation(method, path);
                Assert.True(operation is not null, $"{method} {path} is not described.");
                Assert.All((string[])["operationId", "summary", "tags"], word => Assert.True(operation[word] is not null, $"{method} {path} has no {word}."));
                Assert.True(operation["responses"]!.AsObject().Any(answer => answer.Key.StartsWith('2')), $"{method} {path} never succeeds.");
                Assert.All(operation["responses"]!.AsObject(), answer => Assert.All(answer.Value!["content"]!.AsObject(), content => Assert.NotNull(content.Value!["schema"])));
                Assert.Equal(endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not null, operation["requestBody"]?["content"]?["application/json"]?["schema"] is not null);
                Assert.Equal(endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null, operation["security"] is not null);
            }
        }
    }

    [Fact]
    public async Task The_description_is_an_OpenApi_document_without_a_fault()
    {
        var read = OpenApiDocument.Parse((await Description.OfAsync(Server.Client)).Text, "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal("Rlhf.Orleans", read.Document!.Info.Title);
    }

    [Fact]
    public async Task What_README_and_the_http_file_send_is_what_is_described()
    {
        var description = await Description.OfAsync(Server.Client);
        var sent = Regex.Matches(Repository.Read("README.md") + Repository.Read("docs/feedback.md"), "curl http://[^/ ]+(/[^ ?]+) -d '([^']+)'").Select(match => (Path: match.Groups[1].Value, Body: match.Groups[2].Value))
            .Concat(Regex.Matches(Repository.Read("src/Rlhf.Server/Rlhf.http"), @"POST \{\{server\}\}(/\S+)\nContent-Type: application/json\n(?:\S+: .*\n)*\n(\{[\s\S]*?\n?\})\n(?=\n|$)").Select(match => (Path: match.Groups[1].Value, Body: match.Groups[2].Value)))
            .ToList();
        Assert.True(sent.Count >= 10, $"{sent.Count} examples");
        Assert.Subset(sent.Select(example => example.Path).ToHashSet(), new HashSet<string> { "/v1/chat/completions", "/v1/feedback", "/v1/feedback/import", "/v1/comparisons" });
        Assert.All(sent, example => Assert.Empty(description.Complaints(description.Body("post", example.Path), JsonNode.Parse(example.Body))));

        var paths = description.Document["paths"]!.AsObject().Select(path => "^" + Regex.Replace(Regex.Escape(path.Key), @"\\\{[^}]+}", "[^/]+") + "$").ToList();
        paths.Add("^/openapi/v1.json$");
        Assert.All(Regex.Matches(Repository.Read("README.md") + Repository.Read("src/Rlhf.Server/Rlhf.http"), @"(?:GET|POST|DELETE) (?:\{\{server\}\})?(/[^\s?`…]+)").Select(match => match.Groups[1].Value),
            path => Assert.Contains(paths, pattern => Regex.IsMatch(path, pattern)));
    }

    [Theory]
    [InlineData("""{"model":"demo","messages":[]}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"wizard","content":"hi"}]}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":7}]}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"temperature":3}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"temperature":"1"}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"stop":["1","2","3","4","5"]}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"metadata":{"conversation_id":"a b"}}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"logit_bias":{"5":101}}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"logit_bias":[5]}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"presence_penalty":3}""")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"logprobs":true,"top_logprobs":21}""")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""")]
    public async Task What_is_refused_is_not_described(string body)
    {
        var description = await Description.OfAsync(Server.Client);
        Assert.NotEmpty(description.Complaints(description.Body("post", "/v1/chat/completions"), JsonNode.Parse(body)));
        using var response = await Server.Client.PostAsync("v1/chat/completions", new StringContent(body));
        Assert.Equal(400, (int)response.StatusCode);
    }

    [Fact]
    public async Task What_is_answered_is_what_is_described()
    {
        var description = await Description.OfAsync(Server.Client);
        void Holds(string method, string path, int status, JsonNode answer, string type = "application/json") =>
            Assert.Empty(description.Complaints(description.Answer(method, path, status, type), answer));

        var chat = await Server.ChatAsync("A latte.", ("logprobs", true), ("n", 2), ("stop", "\n"));
        Holds("post", "/v1/chat/completions", 200, chat);
        Holds("post", "/v1/chat/completions", 200, await Server.ChatAsync("A latte.", ("logprobs", true), ("top_logprobs", 2), ("frequency_penalty", 1), ("store", false)));
        Holds("post", "/v1/feedback", 200, await Server.ThumbAsync((string)chat["id"]!, true, "ann"));
        Holds("post", "/v1/feedback", 200, (await Server.PostAsync("v1/feedback", new { items = (object[])[new { completion_id = (string)chat["id"]!, rating = 3, rater = "ann" }, 7] })).Body);
        var other = await Server.ChatAsync("A latte.");
        Holds("post", "/v1/comparisons", 200, (await Server.PostAsync("v1/comparisons", new { rater = "ann", ranking = (string[][])[[(string)chat["id"]!, (string)other["id"]!]] })).Body);
        Holds("get", "/v1/conversations/{id}", 200, (await Server.GetAsync($"v1/conversations/{chat["conversation_id"]}")).Body);
        foreach (var path in (string[])["/v1/models", "/v1/learner", "/v1/versions", "/v1/me", "/v1/feedback", "/v1/keys", "/v1/audit", "/v1/settings", "/health/live", "/health/ready"])
        {
            Holds("get", path, 200, (await Server.GetAsync(path[1..])).Body);
        }

        Holds("post", "/v1/feedback/import", 200, (await Server.PostAsync("v1/feedback/import", new { items = new object[] { 7 } })).Body);
        Holds("post", "/v1/chat/completions", 400, (await Server.PostAsync("v1/chat/completions", new { model = 7 })).Body);
        Holds("post", "/v1/learner/train", 409, (await Server.PostAsync("v1/learner/train", new { })).Body, "application/problem+json");
        using var stream = await Server.AskAsync("A latte.", ("stream", true), ("stream_options", new { include_usage = true }));
        var events = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line["data: ".Length..]).ToList();
        Assert.Equal("[DONE]", events[^1]);
        Assert.All(events[..^1], data => Holds("post", "/v1/chat/completions", 200, JsonNode.Parse(data)!, "text/event-stream"));
    }

    [Fact]
    public async Task Roles_are_said_as_requirements_of_which_one_is_enough()
    {
        var description = await Description.OfAsync(Server.Client);
        string[] Roles(string method, string path) => [.. description.Operation(method, path)!["security"]!.AsArray().Select(one => (string)one!["Bearer"]![0]!)];
        Assert.Equal("bearer", (string?)description.Document["components"]!["securitySchemes"]!["Bearer"]!["scheme"]);
        Assert.Equal(["chat", "rate"], Roles("post", "/v1/feedback"));
        Assert.Equal(["chat", "operate"], Roles("delete", "/v1/users/{user}"));
        Assert.Equal(["operate"], Roles("post", "/v1/learner/train"));
        Assert.Equal(["operate", "watch"], Roles("get", "/v1/versions"));
        Assert.Equal(["operate", "watch"], Roles("get", "/metrics"));
    }

    [Theory]
    [InlineData("post", "/v1/chat/completions")]
    [InlineData("get", "/v1/system-prompt")]
    public async Task The_headers_that_say_what_is_left_are_described(string method, string path)
    {
        var answers = (await Description.OfAsync(Server.Client)).Operation(method, path)!["responses"]!;
        Assert.All((string[])["200", "429"], status => Assert.Subset(
            answers[status]!["headers"]!.AsObject().Select(header => header.Key).ToHashSet(), new HashSet<string> { "x-ratelimit-remaining-requests", "x-ratelimit-reset-tokens" }));
    }

    [Fact]
    public async Task Whoever_has_no_key_may_read_what_there_is()
    {
        await using var keyed = await KeyedServer.StartAsync();
        using var stranger = keyed.Client(null);
        Assert.All(await Task.WhenAll(((string[])["openapi/v1.json", "docs/", "docs/scalar.js", "v1/models"]).Select(stranger.GetAsync)),
            answer => Assert.Equal(answer.RequestMessage!.RequestUri!.AbsolutePath == "/v1/models" ? 401 : 200, (int)answer.StatusCode));
    }

    [Fact]
    public async Task The_pages_bring_all_along_that_they_need()
    {
        using var page = await Server.Client.GetAsync("docs/");
        Assert.Equal(200, (int)page.StatusCode);
        Assert.StartsWith("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single());
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotContain("//", html);
        var scripts = Regex.Matches(html, "(?:src=\"|from ')([^\"']+)").Select(match => match.Groups[1].Value).ToList();
        Assert.True(scripts.Count >= 2);
        foreach (var script in scripts)
        {
            using var response = await Server.Client.GetAsync(new Uri(new Uri(Server.Address, "docs/"), script));
            Assert.True(response.IsSuccessStatusCode, script);
        }
    }
}
