using System.Diagnostics;
using System.Runtime.InteropServices;
using Rlhf.Cli.Evaluate;
using Rlhf.Server.Hosting;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using TorchSharp;

namespace Rlhf.Scenarios;

/// <summary>Programs that can't train say so in one sentence, when they start.</summary>
public sealed class TorchAtStartTests : IDisposable
{
    private const string Natives = "runtimes/linux-x64/native";
    private static readonly string Server = typeof(RlhfApp).Assembly.Location;
    private static readonly string Cli = typeof(PerplexityCommand).Assembly.Location;

    private readonly TemporaryFolder _folder = new();

    [OldLibstdcxxFact]
    public async Task A_server_whose_TorchSharp_asks_for_a_newer_libstdcxx_says_what_to_do()
    {
        var (code, errors) = await RunAsync(CopyOf(Server, OldLibstdcxxFactAttribute.Library), "--urls", "http://127.0.0.1:0", "--data", In("data"), "--model", TinyModel.Folder);

        Assert.Equal(1, code);
        Assert.Contains("GLIBCXX_3.4.32 is missing", Assert.Single(errors));
        Assert.Contains("./rlhf", errors[0]);
    }

    [OldLibstdcxxFact]
    public async Task A_command_whose_TorchSharp_asks_for_a_newer_libstdcxx_says_what_to_do()
    {
        var (code, errors) = await RunAsync(CopyOf(Cli, OldLibstdcxxFactAttribute.Library), Perplexity());

        Assert.Equal(1, code);
        Assert.Contains("GLIBCXX_3.4.32 is missing", Assert.Single(errors));
    }

    [Fact]
    public async Task A_command_without_libtorch_says_what_to_do()
    {
        var (code, errors) = await RunAsync(CopyOf(Cli, torchSharp: null), Perplexity());

        Assert.Equal(1, code);
        Assert.Contains("build the program again", Assert.Single(errors));
    }

    [Fact]
    public async Task A_server_without_libtorch_that_does_not_learn_starts()
    {
        var copy = CopyOf(Server, torchSharp: null);
        await using var server = await ServerProcess.StartAsync(In("data"), program: copy, settings: ["--Learner:Enabled=false"]);

        Assert.False(server.Process.HasExited, server.Printed);
    }

    [Fact]
    public async Task A_server_that_is_to_learn_on_a_GPU_that_is_not_there_says_what_to_do()
    {
        var (code, errors) = await RunAsync(Server, "--urls", "http://127.0.0.1:0", "--data", In("data"), "--model", TinyModel.Folder, "--Learner:Device=cuda:99");

        Assert.Equal(1, code);
        Assert.Contains("Learner:Device is 'cuda:99'", Assert.Single(errors));
    }

    public void Dispose() => _folder.Dispose();

    private string In(string name) => Path.Combine(_folder.Path, name);

    private string[] Perplexity()
    {
        File.WriteAllText(In("dialogues.jsonl"), """{"id": "dev/1", "messages": [{"role": "user", "content": "A latte."}, {"role": "assistant", "content": "One latte."}]}""");
        return ["evaluate", "perplexity", "--model", TinyModel.Folder, "--data", In("dialogues.jsonl")];
    }

    // A program in a folder of its own, with this library instead of what lies beside the program, or without libtorch.
    private string CopyOf(string program, string? torchSharp)
    {
        var (from, to) = (Path.GetDirectoryName(program)!, In("program"));
        Directory.CreateDirectory(Path.Combine(to, Natives));
        foreach (var file in Directory.GetFiles(from).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var file in Directory.GetFiles(Path.Combine(from, Natives)).Where(file => torchSharp is not null || !Path.GetFileName(file).Contains("torch", StringComparison.OrdinalIgnoreCase)))
            File.CreateSymbolicLink(Path.Combine(to, Natives, Path.GetFileName(file)), torchSharp is not null && Path.GetFileName(file) == Path.GetFileName(torchSharp) ? torchSharp : file);
        return Path.Combine(to, Path.GetFileName(program));
    }

    private static async Task<(int Code, string[] Errors)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var printed = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await printed;
        await process.WaitForExitAsync();
        return (process.ExitCode, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}

/// <summary>A test that needs a libstdc++ which is older than TorchSharp's library asks for; where it is new enough the test is skipped and says so.</summary>
internal sealed class OldLibstdcxxFactAttribute : FactAttribute
{
    public OldLibstdcxxFactAttribute() => Skip = Missing();

    /// <summary>TorchSharp's library as the package has it.</summary>
    public static string Library { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        "torchsharp", typeof(torch).Assembly.GetName().Version!.ToString(3), "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    private static string? Missing()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return "TorchSharp's library for Linux on x64 is meant.";
        if (!NativeLibrary.TryLoad("libstdc++.so.6", out var libstdcxx) || NativeLibrary.TryGetExport(libstdcxx, "_ZSt21ios_base_library_initv", out _))
            return "This system's libstdc++ is new enough for TorchSharp's library.";
        return File.Exists(Library) ? null : $"The package's own library is needed, and is not at {Library}.";
    }
}
