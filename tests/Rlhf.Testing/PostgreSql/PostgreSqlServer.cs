using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rlhf.Testing;

/// <summary>A real PostgreSQL in a process and a folder of its own. It listens on a socket in that folder and on no port, so that any number of
/// them run side by side, and ends with whoever started it: the pipe to it closes however that ends.</summary>
public sealed class PostgreSqlServer : IDisposable
{
    private const string Role = "rlhf";
    private const string Database = "postgres";

    // The server refuses to run as root; Debian's package makes this user.
    private const string Unprivileged = "postgres";

    // "read" returns when the pipe closes; SIGINT is PostgreSQL's fast shutdown.
    private const string UntilThePipeCloses = "\"$0\" \"$@\" & read _; kill -INT $!; wait $!";

    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-postgresql-").FullName;
    private readonly Process _process;

    /// <summary>Makes an empty database and starts a server on it.</summary>
    /// <exception cref="InvalidOperationException">There is no PostgreSQL, or it does not start.</exception>
    public PostgreSqlServer()
    {
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", Unprivileged, _folder);
        }

        var data = Path.Combine(_folder, "data");
        Run(AsServer(PostgreSqlInstallation.Program("initdb"), "-D", data, "-U", Role, "-A", "trust", "-E", "UTF8", "--locale=C"));
        _process = Start(AsServer("/bin/sh", "-c", UntilThePipeCloses, PostgreSqlInstallation.Program("postgres"), "-D", data, "-k", _folder, "-h", ""));
        var (said, ready) = (new ConcurrentQueue<string>(), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        _process.ErrorDataReceived += (_, line) =>
        {
            said.Enqueue(line.Data ?? "");
            if (line.Data?.Contains("ready to accept connections", StringComparison.Ordinal) ?? true)
            {
                ready.TrySetResult(line.Data is not null);
            }
        };
        _process.BeginErrorReadLine(); // to its end: a server whose pipe is full waits
        if (!ready.Task.Result)
        {
            throw new InvalidOperationException($"PostgreSQL does not start: {string.Join('\n', said)}");
        }
    }

    /// <summary>As Npgsql reads it.</summary>
    public string ConnectionString => $"Host={_folder};Database={Database};Username={Role}";

    /// <summary>Runs a script as an operator would, with psql.</summary>
    /// <exception cref="InvalidOperationException">psql ends with an error; the message holds what it printed.</exception>
    public void RunScript(string path) => Run(PostgreSqlInstallation.Program("psql"), "-X", "-h", _folder, "-U", Role, "-d", Database, "-f", path);

    /// <summary>Ends the server and deletes its folder.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string[] AsServer(params string[] command) =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", Unprivileged, "--regid", Unprivileged, "--clear-groups", .. command] : command;

    private static void Run(params string[] command)
    {
        using var process = Start(command);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{command[0]} ended with {process.ExitCode}: {errors}{output.Result}");
        }
    }

    private static Process Start(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        WorkingDirectory = "/", // the server's user may not look into the caller's folder
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
