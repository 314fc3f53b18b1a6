using System.Net;
using System.Net.WebSockets;
using Microsoft.Playwright;
using Rlhf.Server.Tests.Keys;

namespace Rlhf.WebConsole.Tests.Access;

/// <summary>A server that needs keys.</summary>
[Collection(ConsoleTests.Name)]
public sealed class SignInTests(ConsoleFixture console) : IAsyncLifetime
{
    private KeyedServer _keyed = null!;

    public async Task InitializeAsync() => _keyed = await KeyedServer.StartAsync();

    public async Task DisposeAsync() => await _keyed.DisposeAsync();

    [BrowserFact]
    public async Task A_key_opens_the_pages_of_its_roles_until_one_signs_out()
    {
        var (_, key) = await _keyed.MakeAsync("desk", "--roles", "chat,rate");
        using var client = _keyed.Client(key);
        await KeyedServer.Until(async () => await KeyedServer.StatusAsync(client) == 200);
        var page = await console.OpenAsync("/versions", server: _keyed.Server.Address);
        await page.GetByLabel("API key").FillAsync("rlhf_wrong");
        await page.Button("Sign in").ClickAsync();
        await page.GetByText("The API key is wrong or was revoked.").WaitForAsync();
        await page.GetByLabel("API key").FillAsync(key);
        await page.GetByLabel("Your name as a rater").FillAsync("ann");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Link, new() { Name = "Chat" }).WaitForAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Link, new() { Name = "Versions" }).CountAsync());
        var cookie = Assert.Single(await page.Context.CookiesAsync(), cookie => cookie.Name == "rlhf-console");
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
        Assert.DoesNotContain(key, cookie.Value);
        Assert.DoesNotContain(key, await page.ContentAsync());

        await page.GotoAsync("/");
        await page.SayAsync("A latte for Ann.");
        await page.Button("Thumbs up").ClickAsync();
        await page.Button("Thumbs up").Should().ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Contains("\"rater\":\"ann\"", await client.GetStringAsync($"v1/conversations/{await NewestAsync(client)}"));

        await page.GotoAsync("/sign-in");
        await page.Button("Sign out").ClickAsync();
        await page.GotoAsync("/");
        await page.GetByLabel("API key").WaitForAsync();
    }

    [Theory]
    [InlineData("/", HttpStatusCode.Redirect)]
    [InlineData("/versions", HttpStatusCode.Redirect)]
    [InlineData("/console/feedback.jsonl", HttpStatusCode.Redirect)]
    [InlineData("/_blazor", HttpStatusCode.Unauthorized)]
    [InlineData("/sign-in", HttpStatusCode.OK)]
    public async Task Nothing_but_the_sign_in_page_opens_without_a_key(string path, HttpStatusCode status)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = _keyed.Server.Address };
        using var response = await client.GetAsync(path);
        Assert.Equal(status, response.StatusCode);
        if (path != "/_blazor") // which is no page
        {
            Assert.Contains("script-src 'self';", response.Headers.GetValues("Content-Security-Policy").Single());
        }
    }

    [Fact]
    public async Task A_form_without_its_token_signs_nobody_in()
    {
        var (_, key) = await _keyed.MakeAsync("forger");
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = _keyed.Server.Address };
        using var response = await client.PostAsync("/sign-in", new FormUrlEncodedContent([new("_handler", "sign-in"), new("Form.Key", key)]));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.False(response.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(cookie => cookie.StartsWith("rlhf-console", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData(null, true)]
    public async Task A_websocket_opens_for_the_servers_own_pages_alone(string? origin, bool opens)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin ?? console.Server.Address.GetLeftPart(UriPartial.Authority));
        var connecting = socket.ConnectAsync(new UriBuilder(console.Server.Address) { Scheme = "ws", Path = "/_blazor" }.Uri, CancellationToken.None);
        if (opens)
        {
            await connecting;
            Assert.Equal(WebSocketState.Open, socket.State);
        }
        else
        {
            Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => connecting)).Message);
        }
    }

    private static async Task<string> NewestAsync(HttpClient client) =>
        (string)System.Text.Json.Nodes.JsonNode.Parse(await client.GetStringAsync("v1/conversations?user=ann"))!["data"]![0]!["id"]!;
}
