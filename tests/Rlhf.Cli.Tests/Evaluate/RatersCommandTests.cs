using System.Text.Json;
using Rlhf.Cli.Evaluate;

namespace Rlhf.Cli.Tests.Evaluate;

public sealed class RatersCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["answers.csv"];

    private string Figures => _folder["figures.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_expert_among_guessers_is_told_by_the_model_and_not_by_the_vote()
    {
        var random = new Random(1);
        var lines = new List<string> { "item,rater,label,gold" };
        for (var item = 0; item < 300; item++)
        {
            var truth = random.Next(2) == 0 ? "good" : "bad";
            var wrong = truth == "good" ? "bad" : "good";
            lines.Add($"q{item},expert,{(random.NextDouble() < 0.95 ? truth : wrong)},{truth}");
            lines.AddRange(Enumerable.Range(0, 4).Select(rater => $"q{item},\"guesser, {rater}\",{(random.NextDouble() < 0.55 ? truth : wrong)},"));
        }

        var (code, shown) = await RunAsync(lines);
        Assert.True(code == 0, shown);
        Assert.Contains("1,500 answers of 5 raters on 300 items with 2 labels", shown);
        var figures = JsonDocument.Parse(await File.ReadAllTextAsync(Figures)).RootElement;
        Assert.InRange(figures.GetProperty("majority").GetDouble(), 0.6, 0.85);
        Assert.InRange(figures.GetProperty("ours").GetDouble(), 0.9, 1);
        Assert.InRange(figures.GetProperty("krippendorff_alpha").GetDouble(), 0, 0.3);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("3")]
    public async Task It_is_never_worse_than_the_majority_on_gold(string seed)
    {
        var random = new Random(int.Parse(seed));
        var lines = new List<string> { "rater,item,gold,label" };
        for (var item = 0; item < 40; item++)
        {
            lines.AddRange(Enumerable.Range(0, 3).Select(rater => $"r{random.Next(30)}-{rater},q{item},{item % 3},{(random.NextDouble() < 0.7 ? item % 3 : random.Next(3))}"));
        }

        await RunAsync(lines);
        var figures = JsonDocument.Parse(await File.ReadAllTextAsync(Figures)).RootElement;
        Assert.True(figures.GetProperty("ours").GetDouble() >= figures.GetProperty("majority").GetDouble());
    }

    [Fact]
    public async Task Without_gold_there_is_no_accuracy_and_a_repeated_answer_counts_once()
    {
        var (code, shown) = await RunAsync(["item,rater,label", "a,ann,1", "a,bob,0", "a,ann,0", "b,ann,1", "b,bob,1"]);
        Assert.Equal(0, code);
        Assert.Contains("1 answers of a rater on an item again", shown);
        var figures = JsonDocument.Parse(await File.ReadAllTextAsync(Figures)).RootElement;
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (figures.GetProperty("majority").ValueKind, figures.GetProperty("ours").ValueKind));
        Assert.Equal(1, figures.GetProperty("krippendorff_alpha").GetDouble(), 9);
    }

    [Theory]
    [InlineData("no column 'rater'", "item,label", "a,1")]
    [InlineData("line 3: 'label' is empty", "item,rater,label", "a,ann,1", "b,ann,")]
    [InlineData("line 3: the gold label of item 'a' is '0'", "item,rater,label,gold", "a,ann,1,1", "a,bob,1,0")]
    [InlineData("holds no answers", "item,rater,label")]
    [InlineData("line 2: it is no line of CSV", "item,rater,label", "a,\"ann,1")]
    public async Task What_can_not_be_read_is_named(string said, params string[] lines)
    {
        var (code, shown) = await RunAsync(lines);
        Assert.Equal(2, code);
        Assert.Contains(said, shown);
    }

    private async Task<(int Code, string Shown)> RunAsync(IEnumerable<string> lines)
    {
        await File.WriteAllLinesAsync(Data, lines);
        var error = new StringWriter();
        var code = 0;
        var shown = await Shown.TextAsync(async screen =>
            code = await CommandLine.RunAsync(CommandLine.FrontDoor(EvaluateCommand.Create(screen)), ["evaluate", "raters", "--data", Data, "--json", Figures], error));
        return (code, shown.ReplaceLineEndings(" ") + error);
    }
}
