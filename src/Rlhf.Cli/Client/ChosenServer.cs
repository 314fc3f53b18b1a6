using Rlhf.Cli.Output;

namespace Rlhf.Cli.Client;

/// <summary>The server that a command works with: a running one, or one of its own on a data folder.</summary>
/// <param name="Url">A running one, or null.</param>
/// <param name="Data">The data folder of one to start, or null: then the server at the default address is asked first, and a started one uses <c>./data</c>.</param>
/// <param name="Model">The started server's base model, or null for its own choice.</param>
internal sealed record ChosenServer(Uri? Url, string? Data, string? Model)
{
    public static Uri DefaultAddress { get; } = new("http://127.0.0.1:5080/");

    public async Task<T> UseAsync<T>(Screen screen, Func<ServerClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var running = new ServerClient(Url ?? DefaultAddress);
        if (Url is not null || (Data is null && await running.ReadyAsync(cancellationToken)))
        {
            return await work(running, cancellationToken);
        }

        var data = Directory.CreateDirectory(Data ?? "data").FullName;
        var log = Path.Combine(Path.GetTempPath(), $"rlhf-server-{Environment.ProcessId}.log");
        string[] settings = ["--Learner:Enabled=false", .. Model is null ? [] : (string[])[$"--Model:Path={Model}"]];
        await using var own = await screen.WatchAsync($"starting a server on {data}", _ => OwnServer.StartAsync(data, log, settings, cancellationToken));
        using var client = new ServerClient(own.Address);
        var result = await own.GuardAsync(stop => work(client, stop), cancellationToken);
        File.Delete(log);
        return result;
    }
}
