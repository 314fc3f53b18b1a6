using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rlhf.Cli.Client;

/// <summary>A server of the command's own: a child process on a free port that ends with the command.</summary>
internal sealed partial class OwnServer : IAsyncDisposable
{
    private const int Sigterm = 15;
    private const string Greeting = "Ready at ";
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly string _log;
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    private OwnServer(Process process, string log)
    {
        _process = process;
        _log = log;
        CopyOutput();
    }

    public Uri Address => _ready.Task.Result;

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="data">Its data folder.</param>
    /// <param name="log">The file that what it prints is appended to.</param>
    /// <param name="settings">Settings as on its command line, such as <c>--Learner:Enabled=false</c>.</param>
    /// <param name="cancellationToken">Gives up, and takes the server down again.</param>
    public static async Task<OwnServer> StartAsync(string data, string log, IEnumerable<string> settings, CancellationToken cancellationToken)
    {
        var program = Environment.GetEnvironmentVariable("RLHF_SERVER");
        if (!File.Exists(program))
        {
            throw new CommandException(
                $"The server's program is not there (RLHF_SERVER is '{program}'): start this through ./rlhf, or name a running server with --url.");
        }

        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[program, "--urls", "http://127.0.0.1:0", "--data", data, .. settings])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new CommandException($"The server {program} could not be started.");
        var server = new OwnServer(process, log);
        try
        {
            await server.UntilReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <paramref name="work"/> and, should the server die meanwhile, says so instead of what the work made of it.</summary>
    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(stop.Token);
        var ended = _process.WaitForExitAsync(stop.Token);
        if (await Task.WhenAny(working, ended) == ended && _process.HasExited)
        {
            await stop.CancelAsync();
            throw Died();
        }

        return await working;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, Sigterm);
            using var patience = new CancellationTokenSource(StopPatience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            var ended = _process.WaitForExitAsync(cancellationToken);
            if (await Task.WhenAny(_ready.Task, ended).WaitAsync(StartPatience, cancellationToken) == ended && !_ready.Task.IsCompleted)
            {
                throw Died();
            }
        }
        catch (TimeoutException)
        {
            throw new CommandException($"The server was not ready within {StartPatience.TotalMinutes:0} minutes. Its log: {_log}");
        }
    }

    private CommandException Died()
    {
        _process.WaitForExit();
        var last = File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(15)) : "";
        return new CommandException($"The server ended with exit code {_process.ExitCode}. Its log ({_log}) ends with:\n{last}");
    }

    /// <summary>Into the log, and where it greets with its address, to those who wait for it.</summary>
    private void CopyOutput()
    {
        var writer = TextWriter.Synchronized(new StreamWriter(_log, append: true) { AutoFlush = true });
        _process.OutputDataReceived += (_, line) => Write(line.Data);
        _process.ErrorDataReceived += (_, line) => Write(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        void Write(string? line)
        {
            if (line is not null)
            {
                writer.WriteLine(line);
                if (line.StartsWith(Greeting, StringComparison.Ordinal))
                {
                    _ready.TrySetResult(new Uri(line[Greeting.Length..].Split(' ')[0]));
                }
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
