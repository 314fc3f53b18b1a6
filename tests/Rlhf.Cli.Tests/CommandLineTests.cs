using System.CommandLine;
using Rlhf.Cli.Import;
using Rlhf.Cli.Output;
using Rlhf.Cli.Simulation;

namespace Rlhf.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("simulate --rounds many", "--rounds is 'many'")]
    [InlineData("simulate --rounds 0", "--rounds is '0'")]
    [InlineData("simulate --noise 1.5", "--noise is '1.5'")]
    [InlineData("simulate --seed -1", "--seed is '-1'")]
    [InlineData("simulate --frob", "--frob")]
    [InlineData("simulate --url nowhere", "--url is 'nowhere'")]
    [InlineData("simulate --taste no-such-taste.json", "no-such-taste.json")]
    [InlineData("simulate --json /no/such/folder/figures.json", "/no/such/folder")]
    [InlineData("simulate --json /", "names the folder /")]
    [InlineData("simulate --set Learner:Ppo:Iterations", "--set is 'Learner:Ppo:Iterations'")]
    [InlineData("import", "Name the file to import")]
    [InlineData("import thumbs", "Required argument")]
    [InlineData("import thumbs /no/such/file.jsonl", "/no/such/file.jsonl")]
    public async Task A_wrong_call_gets_one_line_and_exit_code_2(string arguments, string said)
    {
        var (code, error) = await RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Contains(said, error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_named_with_exit_code_1()
    {
        var (code, error) = await RunAsync("simulate --url http://127.0.0.1:1");

        Assert.Equal(1, code);
        Assert.Contains("http://127.0.0.1:1/ does not answer", error);
    }

    private static async Task<(int Code, string Error)> RunAsync(string arguments)
    {
        var error = new StringWriter();
        var screen = Screen.Standard();
        var root = new Command("./rlhf") { SimulateCommand.Create(screen), ImportCommand.Create(screen) };
        var code = await CommandLine.RunAsync(root, arguments.Split(' '), error);
        return (code, error.ToString());
    }
}
