using System.Text.Json.Nodes;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios.Telemetry;

public sealed class LogTests : IDisposable
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Logged_as_JSON_a_line_tells_its_trace_and_not_the_path()
    {
        await using var server = await ServerProcess.StartAsync(
            _folder.Path, settings: ["--Logging:Console:FormatterName=json", "--Logging:LogLevel:Microsoft.AspNetCore.Http.Result=Information"]);
        var printed = server.NextLineAsync(Trace);
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models/demo");
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        using var response = await server.Client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode);

        var line = JsonNode.Parse(await printed)!;
        Assert.Matches("^[0-9-]{10}T[0-9:.]{12}Z$", (string)line["Timestamp"]!);
        Assert.Equal("Information", (string?)line["LogLevel"]);
        Assert.NotNull(line["State"]!["{OriginalFormat}"]);
        Assert.Equal(Trace, (string?)Assert.Single(line["Scopes"]!.AsArray(), scope => scope!["TraceId"] is not null)!["TraceId"]);
        Assert.DoesNotContain("/v1/models", line.ToJsonString());
    }

    public void Dispose() => _folder.Dispose();
}
