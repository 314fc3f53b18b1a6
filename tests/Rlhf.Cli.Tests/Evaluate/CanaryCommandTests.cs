using System.Text.Json;
using Rlhf.Cli.Evaluate;

namespace Rlhf.Cli.Tests.Evaluate;

public sealed class CanaryCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Figures => _folder["figures.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Equal_versions_are_seldom_decided_and_others_rightly_and_the_same_seed_gives_the_same()
    {
        var figures = await RunAsync();
        Assert.InRange(figures.GetProperty("decided_equal").GetDouble(), 0, 0.1); // one of ten
        Assert.Equal((1, 1), (figures.GetProperty("rolled_back_worse").GetDouble(), figures.GetProperty("promoted_better").GetDouble()));
        Assert.InRange(figures.GetProperty("conversations_median").GetInt32(), 20, 2000);
        Assert.Equal(figures.GetRawText(), (await RunAsync()).GetRawText());
    }

    private async Task<JsonElement> RunAsync()
    {
        var error = new StringWriter();
        var code = 0;
        var shown = await Shown.TextAsync(async screen =>
            code = await CommandLine.RunAsync(CommandLine.FrontDoor(EvaluateCommand.Create(screen)), ["evaluate", "canary", "--runs", "10", "--effect", "0.3", "--json", Figures], error));
        Assert.True(code == 0, shown + error);
        return JsonDocument.Parse(await File.ReadAllTextAsync(Figures)).RootElement;
    }
}
