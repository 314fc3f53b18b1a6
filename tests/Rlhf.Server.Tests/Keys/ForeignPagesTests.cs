using System.Net;

namespace Rlhf.Server.Tests.Keys;

/// <summary>What a page of another site can make a browser send to a server without keys.</summary>
public sealed class ForeignPagesTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Import = """{"items":[{"id":"foreign","messages":[],"completion":"hello","thumbs":"up"}]}""";

    private RunningServer Server => fixture.Server;

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "nonsense")]
    [InlineData("Origin", "file:///x")]
    [InlineData("Origin", "news:x")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_foreign_page_changes_nothing_also_not_by_a_plain_form(string header, string value)
    {
        var before = await TotalAsync();
        foreach (var (path, body, type) in ((string, string, string)[])[
            ("v1/feedback/import", Import, "text/plain"),
            ("v1/feedback/import", Import, "application/json"),
            ("v1/versions/base/promote", "", "application/x-www-form-urlencoded"),
            ("v1/learner/train", "", "application/x-www-form-urlencoded"),
            ("v1/chat/completions", """{"model":"demo","messages":[{"role":"user","content":"hi"}]}""", "text/plain")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, type) };
            request.Headers.Add(header, value);
            using var response = await Server.Client.SendAsync(request);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, response.StatusCode));
        }

        using var delete = new HttpRequestMessage(HttpMethod.Delete, "v1/feedback?completion_id=chatcmpl-a-1&rater=ann") { Headers = { { header, value } } };
        using var refused = await Server.Client.SendAsync(delete);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(before, await TotalAsync());
    }

    [Theory]
    [InlineData("x:99999")]
    [InlineData("...")]
    [InlineData("xn--:80")]
    [InlineData("")]
    public async Task A_host_that_is_none_is_no_fault_of_the_servers(string host)
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path, "--AllowedHosts=*");
        foreach (var (method, path) in ((string, string)[])[("GET", "/"), ("GET", "/v1/models"), ("POST", "/v1/feedback")])
        {
            using var socket = new System.Net.Sockets.TcpClient();
            await socket.ConnectAsync(server.Address.Host, server.Address.Port);
            await using var stream = socket.GetStream();
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            using var reader = new StreamReader(stream);
            var status = await reader.ReadLineAsync();
            Assert.DoesNotContain(" 500", status);
        }
    }

    [Fact]
    public async Task The_servers_own_page_and_programs_that_are_no_browsers_are_let_in()
    {
        var own = Server.Address.GetLeftPart(UriPartial.Authority);
        foreach (var headers in ((string, string)[][])[[("Origin", own), ("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "none")], []])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback/import") { Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(Import)) }; // as curl -d sends it, but for the type
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            using var response = await Server.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("evil.example:5080", HttpStatusCode.Forbidden)]
    [InlineData("localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost:1234", HttpStatusCode.NotFound)]
    [InlineData("127.0.0.1", HttpStatusCode.NotFound)]
    [InlineData("[::1]:80", HttpStatusCode.NotFound)]
    public async Task Who_calls_this_machine_by_another_name_reads_nothing(string host, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/conversations/not-there") { Headers = { Host = host } };
        using var response = await Server.Client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    [InlineData("X-Real-IP", "203.0.113.7")]
    [InlineData("Via", "1.1 proxy")]
    public async Task What_a_proxy_of_this_machine_forwards_does_not_come_from_this_machine(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { { header, value } } };
        using var response = await Server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_server_may_ask_for_keys_on_its_own_machine_too_and_be_called_by_other_names()
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path, "--Keys:Always=true", "--AllowedHosts=chat.example;127.0.0.1");
        Assert.Equal(401, (await server.GetAsync("v1/models")).Status);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "chat.example" } };
        using var page = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    public async Task A_page_runs_this_servers_scripts_alone_none_of_them_inline_and_in_no_frame(string path)
    {
        using var page = await Server.Client.GetAsync(path);
        var policy = string.Join(' ', page.Headers.GetValues("Content-Security-Policy"));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("default-src 'none'; script-src 'self';", policy);
        Assert.DoesNotContain("unsafe-eval", policy);
        Assert.Equal(1, policy.Split("unsafe-inline").Length - 1); // of styles
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotMatch(@"<script(?![^>]*\ssrc=""_)|\son\w+=|(src|href)=""(https?:)?//", html);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task A_foreign_page_opens_no_websocket(string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "_blazor") { Headers = { { "Origin", origin }, { "Connection", "Upgrade" }, { "Upgrade", "websocket" } } };
        using var response = await Server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("/docs/")]
    [InlineData("/dashboard")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/v1/models")]
    [InlineData("/v1/conversations/none")]
    [InlineData("/nothing")]
    public async Task Nothing_may_be_framed_or_taken_for_what_it_is_not(string path)
    {
        using var answer = await Server.Client.GetAsync(path);
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal(("DENY", "nosniff"), (answer.Headers.GetValues("X-Frame-Options").Single(), answer.Headers.GetValues("X-Content-Type-Options").Single()));
    }

    private async Task<int> TotalAsync() => (int)(await Server.GetAsync("v1/learner")).Body["feedback_total"]!;
}
