using System.CommandLine;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;

namespace Rlhf.Cli.Import;

/// <summary><c>import thumbs</c>: recorded human thumbs become ledger events.</summary>
internal static class ImportCommand
{
    private static readonly Uri DefaultAddress = new("http://127.0.0.1:5080/");

    public static Command Create(Screen screen)
    {
        var file = new Argument<string>("file") { Description = "Recorded thumbs, one JSON object a line, plain or .gz.", HelpName = "FILE" };
        var url = CommonOptions.Url($"A running server; without it, the one at {DefaultAddress}, or one of its own on --data.");
        var data = new Option<DirectoryInfo>("--data") { Description = "The data folder of a server of its own.", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo("data") };
        var json = CommonOptions.Json();
        var thumbs = new Command("thumbs", "Put recorded thumbs into the ledger; a thumb whose id is there already is not put in again.") { file, url, data, json };
        thumbs.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var source = parsed.GetRequiredValue(file);
            if (!File.Exists(source))
            {
                throw CommandException.Misuse($"There is no file {source}.");
            }

            var own = parsed.GetResult(data) is { Implicit: false };
            var result = await UseServerAsync(
                parsed.GetValue(url), own, parsed.GetRequiredValue(data), screen, (server, stop) => new ThumbsImport(server, screen).RunAsync(source, stop), cancellationToken);
            foreach (var (line, error) in result.Bad)
            {
                screen.Line($"line {line} {error}; skipped");
            }

            screen.Line($"{result.Imported} imported, {result.Duplicates} were there already, {result.Bad.Count} skipped");
            FiguresFile.Write(figures, new
            {
                result.Imported,
                result.Duplicates,
                Skipped = result.Bad.Select(b => new { b.Line, b.Error }).ToArray(),
                result.Seconds,
            });
            return 0;
        });
        return new Command("import", "Bring recorded feedback into a server.") { thumbs };
    }

    /// <summary>The server at <paramref name="url"/>; without one, the server at the default address unless a data folder was named; else one of its own.</summary>
    private static async Task<T> UseServerAsync<T>(
        Uri? url, bool dataNamed, DirectoryInfo data, Screen screen, Func<ServerClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var running = new ServerClient(url ?? DefaultAddress);
        if (url is not null || (!dataNamed && await running.ReadyAsync(cancellationToken)))
        {
            return await work(running, cancellationToken);
        }

        data.Create();
        var log = Path.Combine(Path.GetTempPath(), $"rlhf-import-{Environment.ProcessId}.log");
        await using var own = await screen.WatchAsync(
            $"starting a server on {data.FullName}", _ => OwnServer.StartAsync(data.FullName, log, ["--Learner:Enabled=false"], cancellationToken));
        using var client = new ServerClient(own.Address);
        var result = await own.GuardAsync(stop => work(client, stop), cancellationToken);
        File.Delete(log);
        return result;
    }
}
