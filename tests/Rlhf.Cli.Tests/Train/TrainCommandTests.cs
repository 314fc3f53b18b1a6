using System.CommandLine;
using System.Text.Json;
using Rlhf.Cli.Evaluate;
using Rlhf.Cli.Output;
using Rlhf.Cli.Train;
using Rlhf.Inference;

namespace Rlhf.Cli.Tests.Train;

public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task From_dialogues_to_a_model_that_can_be_measured_and_loaded()
    {
        var data = Dialogues();
        const string shape = "--vocabulary 320 --hidden 32 --layers 1 --heads 4 --kv-heads 2 --intermediate 48 --context 64";

        Assert.Equal((0, ""), await RunAsync($"train base --data {data}=2 --output {_folder["base"]} --steps 6 --rows 2 --warmup 2 {shape} --json {_folder["base.json"]}"));
        Assert.Equal((0, ""), await RunAsync($"train sft --model {_folder["base"]} --data {data} --output {_folder["tuned"]} --steps 4 --batch-tokens 128 --warmup 1 --json {_folder["sft.json"]}"));
        Assert.Equal((0, ""), await RunAsync($"evaluate perplexity --model {_folder["tuned"]} --data {data} --split dev --json {_folder["perplexity.json"]}"));

        Assert.Equal(32, BaseModel.Load(_folder["tuned"]).Config.HiddenSize);
        Assert.Equal(6, Figures("base.json").GetProperty("steps").GetInt32());
        Assert.True(Figures("sft.json").GetProperty("held_out_perplexity").GetProperty("dialogues").GetDouble() > 1);
        Assert.Equal(4, Figures("perplexity.json").GetProperty("dialogues").GetInt32());
    }

    [Theory]
    [InlineData("train base --data /no/such/file --output x --steps 1", "/no/such/file")]
    [InlineData("train base --data DATA=no --output x --steps 1", "behind '='")]
    [InlineData("train base --data DATA --output x --steps none", "none")]
    [InlineData("train base --data DATA --output x --steps 0", "Steps")]
    [InlineData("train base --data DATA --output x", "--steps")]
    [InlineData("train sft --data DATA --output SAME --model SAME --steps 1", "overwrite")]
    [InlineData("evaluate perplexity --model x --data DATA --split nowhere", "nowhere")]
    public async Task A_wrong_call_gets_one_line_and_exit_code_2(string arguments, string said)
    {
        var (code, error) = await RunAsync(arguments.Replace("DATA", Dialogues()).Replace("SAME", _folder["same"]).Replace(" x ", $" {_folder["x"]} "));

        Assert.Equal(2, code);
        Assert.Contains(said, error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Code, string Error)> RunAsync(string arguments)
    {
        var error = new StringWriter();
        var screen = Screen.Standard();
        var root = new Command("./rlhf") { TrainCommand.Create(screen), EvaluateCommand.Create(screen) };
        var code = await CommandLine.RunAsync(root, arguments.Split(' '), error);
        return (code, error.ToString());
    }

    private string Dialogues()
    {
        var lines = Enumerable.Range(0, 40).Select(i => JsonSerializer.Serialize(new
        {
            id = $"{(i % 10 == 0 ? "dev" : "train")}/{i}",
            messages = new[] { new { role = "user", content = $"{i} large lattes please" }, new { role = "assistant", content = $"is {i} lattes correct?" } },
        }));
        File.WriteAllLines(_folder["dialogues.jsonl"], lines);
        return _folder["dialogues.jsonl"];
    }

    private JsonElement Figures(string name) => JsonDocument.Parse(File.ReadAllText(_folder[name])).RootElement;
}
