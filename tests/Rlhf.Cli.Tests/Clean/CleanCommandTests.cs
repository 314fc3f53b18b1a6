using System.CommandLine;
using System.Text.Json;
using Rlhf.Cli.Clean;
using Rlhf.Cli.Output;
using Rlhf.Cli.Train;

namespace Rlhf.Cli.Tests.Clean;

public sealed class CleanCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_cleaned_into_others_and_the_report_says_what_went()
    {
        var one = Write("one.jsonl", Line("train/1", "cafÃ© for jo@example.com"), Line("train/1b", "cafÃ© for jo@example.com"), "no JSON");
        var two = Write("two.jsonl", Line("train/2", "a large latte, please"), Line("train/3", "cafÃ© for jo@example.com"));

        Assert.Equal((0, ""), await RunAsync($"clean {one} {two} --output {_folder["clean"]} --json {_folder["report.json"]}"));

        Assert.Equal([Line("train/1", "café for [EMAIL]")], File.ReadAllLines(_folder["clean/one.jsonl"]));
        Assert.Equal([Line("train/2", "a large latte, please")], File.ReadAllLines(_folder["clean/two.jsonl"]));
        var report = JsonDocument.Parse(File.ReadAllText(_folder["report.json"])).RootElement;
        Assert.Equal((5, 2), (report.GetProperty("read").GetInt32(), report.GetProperty("kept").GetInt32()));
        Assert.Equal(2, report.GetProperty("dropped").GetProperty("exact_duplicate").GetProperty("count").GetInt32());
        Assert.Contains("one.jsonl, line 3", report.GetProperty("dropped").GetProperty("malformed").GetProperty("samples")[0].GetProperty("place").GetString());
        Assert.Equal(1, report.GetProperty("changed").GetProperty("email").GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Without_an_output_the_clean_file_lies_beside_the_other()
    {
        var file = Write("data.jsonl", Line("train/1", "a large latte, please"));

        Assert.Equal((0, ""), await RunAsync($"clean {file}"));

        Assert.Equal(File.ReadAllText(file), File.ReadAllText(_folder["data.clean.jsonl"]));
    }

    [Fact]
    public async Task Training_may_clean_first()
    {
        var data = Write("data.jsonl", [.. Enumerable.Range(0, 40).Select(i => Line($"{(i % 10 == 0 ? "dev" : "train")}/{i}", $"order {i} is {i * i} lattes please")), "no JSON"]);
        var train = $"train base --data {data}=2 --output {_folder["base"]} --steps 2 --rows 1 --warmup 1 --vocabulary 300 --hidden 16 --layers 1 --heads 2 --kv-heads 1 --intermediate 16 --context 64";

        Assert.Equal(1, (await RunAsync(train)).Code); // the line is no dialogue
        Assert.Equal((0, ""), await RunAsync($"{train} --clean"));

        Assert.True(File.Exists(_folder["base/model.safetensors"]));
        Assert.Equal(40, File.ReadAllLines(_folder["base/cleaned/data.jsonl"]).Length);
    }

    [Theory]
    [InlineData("clean /no/such/file", "/no/such/file", 2)]
    [InlineData("clean DATA --output DATA", "overwritten", 2)]
    [InlineData("clean DATA DATA --output OUT", "Two files", 2)]
    [InlineData("clean DATA --languages xx", "xx", 2)]
    [InlineData("clean DATA --similarity 0.2", "0.5", 2)]
    [InlineData("clean DATA --least-messages 9", "none is left", 1)]
    [InlineData("clean DATA --output /no/such/folder/x.jsonl", "/no/such/folder", 1)]
    [InlineData("clean", "", 2)]
    public async Task A_wrong_call_gets_one_line(string arguments, string said, int exit)
    {
        var data = Write("data.jsonl", Line("train/1", "a large latte, please"));

        var (code, error) = await RunAsync(arguments.Replace("DATA", data).Replace("OUT", _folder["out"]));

        Assert.Equal(exit, code);
        Assert.Contains(said, error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Empty(Directory.GetFiles(_folder[""], "*.new"));
    }

    [Fact]
    public async Task A_full_disk_is_told_and_the_former_file_stays()
    {
        var data = Write("data.jsonl", Line("train/1", "a large latte, please"));
        var output = Write("clean.jsonl", "former");
        File.CreateSymbolicLink(output + ".new", "/dev/full"); // the device that has never any room

        var (code, error) = await RunAsync($"clean {data} --output {output}");

        Assert.Equal(1, code);
        Assert.Contains("the disk is full", error);
        Assert.Equal(["former"], File.ReadAllLines(output));
        Assert.Null(new FileInfo(output + ".new").LinkTarget);
    }

    private static async Task<(int Code, string Error)> RunAsync(string arguments)
    {
        var error = new StringWriter();
        var screen = Screen.Standard();
        var root = new Command("./rlhf") { CleanCommand.Create(screen), TrainCommand.Create(screen) };
        return (await CommandLine.RunAsync(root, arguments.Split(' '), error), error.ToString());
    }

    private static string Line(string id, string user) => JsonSerializer.Serialize(
        new { id, messages = new[] { new { role = "user", content = user }, new { role = "assistant", content = "of course, here it is" } } },
        new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private string Write(string name, params string[] lines)
    {
        File.WriteAllLines(_folder[name], lines);
        return _folder[name];
    }
}
