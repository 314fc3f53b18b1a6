using System.CommandLine;
using System.Text.Json;
using Rlhf.Cli;
using Rlhf.Cli.Import;
using Rlhf.Cli.Output;
using Rlhf.Server.Hosting;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios.Import;

/// <summary><c>import thumbs</c> into a server of its own, on a data folder that stays.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ImportTests() => Environment.SetEnvironmentVariable("RLHF_SERVER", typeof(RlhfApp).Assembly.Location);

    [Fact]
    public async Task Good_lines_go_in_once_bad_ones_are_reported_by_number()
    {
        File.WriteAllLines(In("thumbs.jsonl"),
        [
            """{"id":"a","messages":[{"role":"user","content":"hi"}],"completion":"hello","thumbs":"up"}""",
            "broken",
            """{"id":"b","messages":[],"completion":"Welcome!","thumbs":"down"}""",
            """{"id":"c","messages":[{"role":"user","content":"hi"}],"completion":"hello","thumbs":"sideways"}""",
        ]);

        var first = await ImportAsync();
        Assert.Equal(2, first.GetProperty("imported").GetInt32());
        Assert.Equal(0, first.GetProperty("duplicates").GetInt32());
        Assert.Equal([2, 4], first.GetProperty("skipped").EnumerateArray().Select(line => line.GetProperty("line").GetInt32()));

        var again = await ImportAsync();
        Assert.Equal(0, again.GetProperty("imported").GetInt32());
        Assert.Equal(2, again.GetProperty("duplicates").GetInt32());
    }

    public void Dispose() => _folder.Dispose();

    private string In(string name) => Path.Combine(_folder.Path, name);

    private async Task<JsonElement> ImportAsync()
    {
        var error = new StringWriter();
        var root = new Command("./rlhf") { ImportCommand.Create(Screen.Standard()) };
        var code = await CommandLine.RunAsync(
            root, ["import", "thumbs", In("thumbs.jsonl"), "--data", In("data"), "--model", TinyModel.Folder, "--json", In("figures.json")], error);
        Assert.Equal((0, ""), (code, error.ToString()));
        using var json = JsonDocument.Parse(File.ReadAllText(In("figures.json")));
        return json.RootElement.Clone();
    }
}
