using Rlhf.Cli.Client;
using Rlhf.Cli.Output;

namespace Rlhf.Cli.Simulation;

/// <summary>The server that a simulation runs against.</summary>
/// <param name="Url">A running one, or null to start one.</param>
/// <param name="Data">The started server's data folder, or null for a temporary one that is removed when all went well.</param>
/// <param name="Model">The started server's base model, or null for its own choice.</param>
/// <param name="Settings">Further settings of the started server, each as <c>KEY=VALUE</c>.</param>
internal sealed record SimulationServer(Uri? Url, string? Data, string? Model, IReadOnlyList<string> Settings)
{
    // The simulation says when to train, has each round's version live for the next, and asks every version for its replies at the end.
    private static readonly string[] Own = ["--Learner:TriggerThumbs=0", "--Learner:Interval=00:00:00", "--Versions:KeepRetired=1000", "--Versions:Canary=false", "--Learner:Gate:OwnJudge=true"];

    public async Task<T> UseAsync<T>(Screen screen, Func<ServerClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (Url is not null)
        {
            using var running = new ServerClient(Url);
            return await work(running, cancellationToken);
        }

        var folder = FreshFolder();
        var log = Path.Combine(folder, "server.log");
        try
        {
            string[] settings = [.. Own, .. Model is null ? [] : (string[])[$"--Model:Path={Model}"], .. Settings.Select(s => "--" + s)];
            await using var own = await screen.WatchAsync("starting a server", _ => OwnServer.StartAsync(folder, log, settings, cancellationToken));
            using var client = new ServerClient(own.Address);
            var result = await own.GuardAsync(stop => work(client, stop), cancellationToken);
            await own.DisposeAsync();
            RemoveTemporary(folder);
            return result;
        }
        catch (OperationCanceledException)
        {
            RemoveTemporary(folder);
            throw;
        }
        catch
        {
            screen.Line($"the server's data and log are kept in {folder}");
            throw;
        }
    }

    private void RemoveTemporary(string folder)
    {
        if (Data is null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string FreshFolder()
    {
        if (Data is null)
        {
            return Directory.CreateTempSubdirectory("rlhf-simulate-").FullName;
        }

        if (Directory.Exists(Data) && Directory.EnumerateFileSystemEntries(Data).Any())
        {
            throw CommandException.Misuse($"--data names {Data}, which is not empty: a simulation starts from fresh data.");
        }

        return Directory.CreateDirectory(Data).FullName;
    }
}
