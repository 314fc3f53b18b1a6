using System.Diagnostics;

namespace Rlhf.Cli.Tests;

/// <summary>What the script <c>./rlhf</c> says before it has built anything.</summary>
public sealed class FrontDoorTests
{
    [Theory]
    [InlineData("help")]
    [InlineData("--help")]
    public async Task Help_names_every_verb(string arguments)
    {
        var (code, output, _) = await RunAsync(arguments);

        Assert.Equal(0, code);
        Assert.All((string[])["run", "keys", "reproduce", "test", "simulate", "import", "export", "evaluate", "clean", "train"], verb => Assert.Contains($"\n  {verb} ", output));
    }

    [Theory]
    [InlineData("test storage -h", "WORD")]
    [InlineData("test --help", "WORD")]
    public async Task Verbs_of_the_script_explain_themselves_before_anything_is_built(string arguments, string said)
    {
        var (code, output, error) = await RunAsync(arguments);

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("usage: ./rlhf " + arguments.Split(' ')[0], output);
        Assert.Contains(said, output);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string arguments)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Root(), "rlhf"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = script.StandardOutput.ReadToEndAsync();
        var error = script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, await output, await error);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Rlhf.Orleans.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"No Rlhf.Orleans.sln above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
