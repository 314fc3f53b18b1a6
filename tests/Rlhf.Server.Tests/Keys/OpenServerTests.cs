using System.Net;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys.Command;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Keys;

/// <summary>Who needs no key, and since when.</summary>
public sealed class OpenServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://+:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://127.0.0.1:0;http://192.0.2.7:0")]
    [InlineData("http://rlhf.example:0")]
    public async Task Where_others_reach_it_a_server_without_keys_does_not_start(string urls)
    {
        await using var app = RlhfApp.Create(["--urls", urls, "--data", _folder.Path, "--model", TinyModel.Folder]);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync());
        var explained = StartupError.Explain(error);
        Assert.Contains(urls.Split(';')[^1], explained);
        Assert.Contains("./rlhf keys add", explained);
        Assert.DoesNotContain("\n", explained);
    }

    [Fact]
    public async Task Endpoints_in_Kestrels_own_section_are_seen_too()
    {
        await using var app = RlhfApp.Create(["--Kestrel:Endpoints:Public:Url=http://*:0", "--urls", "http://127.0.0.1:0", "--data", _folder.Path, "--model", TinyModel.Folder]);
        Assert.Contains("http://*:0", StartupError.Explain(await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync())));
    }

    [Fact]
    public async Task Where_others_reach_it_a_server_with_keys_starts_and_asks_its_own_machine_too()
    {
        await KeysCommand.RunAsync(["add", "app", "--data", _folder.Path], TextWriter.Null, TextWriter.Null, TimeProvider.System);
        await using var app = RlhfApp.Create(["--urls", "http://0.0.0.0:0", "--data", _folder.Path, "--model", TinyModel.Folder, "--Logging:LogLevel:Rlhf=Warning"]);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single().Replace("0.0.0.0", "127.0.0.1")) };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("v1/models")).StatusCode);
        await app.StopAsync();
    }

    [Fact]
    public async Task The_first_key_closes_a_running_server_and_revoking_it_does_not_open_it_again()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Keys:Refresh=00:00:00.020");
        Assert.Equal(200, (await server.GetAsync("v1/learner")).Status);
        var output = new StringWriter();
        await KeysCommand.RunAsync(["add", "app", "--data", _folder.Path], output, TextWriter.Null, TimeProvider.System);
        await KeyedServer.Until(async () => (await server.GetAsync("v1/learner")).Status == 401);

        var key = output.ToString().Split('\n')[0];
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        Assert.Equal(403, (await server.GetAsync("v1/learner")).Status);
        await KeysCommand.RunAsync(["revoke", key, "--data", _folder.Path], TextWriter.Null, TextWriter.Null, TimeProvider.System);
        await KeyedServer.Until(async () => (await server.GetAsync("v1/learner")).Status == 401);
        server.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await server.GetAsync("v1/learner")).Status);
    }

    [Theory]
    [InlineData("--Keys:Configured:0:Client=app;--Keys:Configured:0:Sha256=abc", "64 hex digits")]
    [InlineData("--Keys:Configured:0:Client=app;--Keys:Configured:0:Sha256=b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9;--Keys:Configured:0:Roles=admin", "Roles is 'admin'")]
    [InlineData("--Keys:Configured:0:Client=a b", "Client is 'a b'")]
    [InlineData("--Keys:PerMinute=0", "PerMinute")]
    [InlineData("--Keys:Refresh=01:00:00", "Keys:Refresh")]
    public void A_setting_that_makes_no_sense_is_named(string settings, string said)
    {
        var error = Record.Exception(() => RlhfApp.Create(["--data", _folder.Path, "--model", TinyModel.Folder, .. settings.Split(';')]));
        Assert.Contains(said, StartupError.Explain(error!));
    }

    public void Dispose() => _folder.Dispose();
}
