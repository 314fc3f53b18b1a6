using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Rlhf.Server.Hosting;
using Rlhf.Server.Tests;

namespace Rlhf.Scenarios;

/// <summary>The server as its own process, which can be killed.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly string Program = typeof(RlhfApp).Assembly.Location;
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _printed = new();
    private (string Text, TaskCompletionSource<string> Line)? _awaited;
    private string? _lastLine; // of the greeting

    private ServerProcess(string program, string data, int port, string model, string[] settings, (string Name, string Value)? variable = null)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[program, "--urls", $"http://127.0.0.1:{port}", "--data", data, "--model", model, .. settings])
        {
            start.ArgumentList.Add(argument);
        }

        if (variable is var (name, value))
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _ready.TrySetResult();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Speaks to it as soon as it is ready, which is when its address is known.</summary>
    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Completes when it says that it is ready, or ends.</summary>
    public Task Ready => _ready.Task;

    public Process Process => _process;

    public string Printed => string.Join('\n', _printed);

    /// <summary>Starts a server, which is not <see cref="Ready"/> at once. It listens on any port that is free where none is named.</summary>
    public static ServerProcess Start(string data, int port = 0, string? model = null, string? program = null, params string[] settings) =>
        new(program ?? Program, data, port, model ?? TinyModel.Folder, settings);

    /// <summary>Starts a server and waits until it says that it is ready, or ends.</summary>
    public static async Task<ServerProcess> StartAsync(string data, int port = 0, string? model = null, string? program = null, params string[] settings)
    {
        var server = Start(data, port, model, program, settings);
        await server.Ready;
        return server;
    }

    /// <summary>Starts a server with an environment variable and waits until it says that it is ready, or ends.</summary>
    public static async Task<ServerProcess> StartWithAsync((string Name, string Value) variable, string data, string? model = null)
    {
        var server = new ServerProcess(Program, data, port: 0, model ?? TinyModel.Folder, [], variable);
        await server.Ready;
        return server;
    }

    /// <summary>The next line that holds a text; to be asked for before what makes the server print it.</summary>
    public Task<string> NextLineAsync(string text)
    {
        var line = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited = (text, line);
        return line.Task.WaitAsync(Client.Timeout);
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end in good order, as an orchestrator does.</summary>
    public void Terminate() => _ = Kill(_process.Id, Sigterm);

    /// <summary>Asks it to end in good order, and waits until it has.</summary>
    public Task<int> StopAsync()
    {
        Terminate();
        return ExitCodeAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        var text = await Client.GetStringAsync(path);
        return JsonNode.Parse(text)!;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        Client.Dispose();
    }

    private void Read(string? line)
    {
        if (line is not null)
        {
            _printed.Enqueue(line);
            if (_awaited is { } awaited && line.Contains(awaited.Text, StringComparison.Ordinal))
            {
                awaited.Line.TrySetResult(line);
            }

            if (line.StartsWith("Ready at ", StringComparison.Ordinal))
            {
                var words = line.Split(' ');
                Client.BaseAddress = new Uri(words[2] + "/");
                _lastLine = line.Contains(" as ", StringComparison.Ordinal) && !line.Contains("Api", StringComparison.Ordinal) ? "  data " : "/v1/feedback";
            }
            else if (_lastLine is { } last && line.Contains(last, StringComparison.Ordinal))
            {
                _ready.TrySetResult();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
