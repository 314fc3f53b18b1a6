using System.Net.Http.Headers;
using System.Text;

namespace Rlhf.Server.Tests.Keys;

/// <summary>What is there for those who run the server.</summary>
public sealed class OperatorTests(KeyedServerFixture fixture) : IClassFixture<KeyedServerFixture>
{
    private const string SiloHeader = "x-rlhf-silo";

    private KeyedServer Keyed => fixture.Keyed;

    [Theory]
    [InlineData("chat", false)]
    [InlineData("chat,watch", true)]
    [InlineData("chat,operate", true)]
    public async Task Which_silo_answered_is_told_to_operators_alone(string roles, bool told)
    {
        using var client = await Keyed.ClientAsync($"silo-{roles.Replace(',', '-')}", "--roles", roles);
        using var response = await client.PostAsync("v1/chat/completions", System.Net.Http.Json.JsonContent.Create(RunningServer.Ask("A latte.")));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(told, response.Headers.Contains(SiloHeader));
    }

    [Fact]
    public async Task The_dashboard_is_the_operators_and_takes_their_key_as_a_browser_sends_it()
    {
        var (_, chat) = await Keyed.MakeAsync("dashboard-app", "--roles", "chat,watch");
        using var op = await Keyed.ClientAsync("dashboard-operator", "--roles", "chat,operate");
        var key = op.DefaultRequestHeaders.Authorization!.Parameter!;
        foreach (var path in (string[])["dashboard/", "dashboard/DashboardCounters", "dashboard/index.min.js"])
        {
            using var stranger = Keyed.Client(null);
            using var none = await stranger.GetAsync(path);
            Assert.Equal((401, "Basic"), ((int)none.StatusCode, none.Headers.WwwAuthenticate.Single().Scheme));
            Assert.Equal(401, await StatusAsync(path, "Basic", Password("rlhf_aaaaaaaa_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq")));
            Assert.Equal(401, await StatusAsync(path, "Basic", "no base64"));
            Assert.Equal(403, await StatusAsync(path, "Bearer", chat));
            Assert.Equal(403, await StatusAsync(path, "Basic", Password(chat)));
            Assert.Equal(200, await StatusAsync(path, "Bearer", key));
            Assert.Equal(200, await StatusAsync(path, "Basic", Password(key)));
        }

        Assert.Equal(401, await StatusAsync("v1/versions", "Basic", Password(key))); // elsewhere a key is no password
        Assert.Equal(403, await StatusAsync("dashboard/Trace", "Bearer", key));
    }

    private static string Password(string key) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"operator:{key}"));

    private async Task<int> StatusAsync(string path, string scheme, string parameter)
    {
        using var client = Keyed.Client(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(scheme, parameter);
        using var response = await client.GetAsync(path);
        return (int)response.StatusCode;
    }
}
