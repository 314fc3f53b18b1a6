using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Keys;

/// <summary>What an operator may look at.</summary>
public sealed class KeyEndpointTests : IAsyncLifetime
{
    private const string Sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    private KeyedServer _keyed = null!;

    public async Task InitializeAsync() => _keyed = await KeyedServer.StartAsync("--Keys:Configured:0:Client=vault", $"--Keys:Configured:0:Sha256={Sha256}", "--Moderation:Key=hush-hush", "--Moderation:Url=http://127.0.0.1:9/");

    public async Task DisposeAsync() => await _keyed.DisposeAsync();

    [Fact]
    public async Task Keys_actions_and_settings_are_listed_without_a_secret_and_for_operators_alone()
    {
        using var ops = await _keyed.ClientAsync("ops", "--roles", "operate");
        using var app = await _keyed.ClientAsync("app", "--roles", "chat,rate,watch");
        using var trained = await ops.PostAsync("v1/learner/train", null);
        var texts = new Dictionary<string, string>();
        foreach (var path in (string[])["v1/keys", "v1/audit", "v1/settings"])
        {
            Assert.Equal(403, (int)(await app.GetAsync(path)).StatusCode);
            texts[path] = await ops.GetStringAsync(path);
            Assert.DoesNotContain("hush-hush", texts[path]);
            Assert.DoesNotContain(Sha256, texts[path]);
        }

        Assert.Equal(["vault", "first", "ops", "app"], JsonNode.Parse(texts["v1/keys"])!["data"]!.AsArray().Select(key => (string)key!["client"]!));
        var action = JsonNode.Parse(texts["v1/audit"])!["data"]![0]!;
        Assert.Equal(("POST", "/v1/learner/train", "ops", (int)trained.StatusCode), ((string)action["method"]!, (string)action["path"]!, (string)action["client"]!, (int)action["status"]!));
        var settings = JsonNode.Parse(texts["v1/settings"])!["data"]!.AsArray().ToDictionary(setting => (string)setting!["name"]!, setting => (string?)setting!["value"]);
        Assert.Equal(("(set; not shown)", "(set; not shown)", "00:00:00.0200000"), (settings["Moderation:Key"], settings["Keys:Configured:0:Sha256"], settings["Keys:Refresh"]));
        Assert.Contains("Learner:TriggerThumbs", settings.Keys);
        Assert.Contains("Chat:MaxTokens", settings.Keys);
    }
}
