using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rlhf.Cli.Client;

/// <summary>A server of the command's own: a child process on a free port that ends with the command.</summary>
internal sealed partial class OwnServer : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly string _log;
    private bool _stopped;

    private OwnServer(Process process, Uri address, string log)
    {
        _process = process;
        _log = log;
        Address = address;
    }

    public Uri Address { get; }

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

        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[program, "--urls", address.ToString(), "--data", data, .. settings])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new CommandException($"The server {program} could not be started.");
        Copy(process, log);
        var server = new OwnServer(process, address, log);
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
        using var client = new ServerClient(Address);
        var waited = Stopwatch.StartNew();
        while (!await client.ReadyAsync(cancellationToken))
        {
            if (_process.HasExited)
            {
                throw Died();
            }

            if (waited.Elapsed > StartPatience)
            {
                throw new CommandException($"The server was not ready within {StartPatience.TotalMinutes:0} minutes. Its log: {_log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    private CommandException Died()
    {
        _process.WaitForExit();
        var last = File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(15)) : "";
        return new CommandException($"The server ended with exit code {_process.ExitCode}. Its log ({_log}) ends with:\n{last}");
    }

    private static void Copy(Process process, string log)
    {
        var writer = TextWriter.Synchronized(new StreamWriter(log, append: true) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        void Write(string? line)
        {
            if (line is not null)
            {
                writer.WriteLine(line);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
