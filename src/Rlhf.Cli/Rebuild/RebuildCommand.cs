using System.CommandLine;
using System.Globalization;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;

namespace Rlhf.Cli.Rebuild;

/// <summary><c>rebuild</c>: makes what a server sums up from its ledger anew.</summary>
internal static class RebuildCommand
{
    public static Command Create(Screen screen)
    {
        var url = SharedOptions.Url($"A running server (RLHF_KEY holds an operator's key, where it needs one); without it, the one at {ChosenServer.DefaultAddress}, or one of its own on --data.");
        var data = new Option<string?>("--data") { Description = "The data folder of a server of its own, where none runs on it; ./data without it.", HelpName = "DIR" };
        var model = new Option<string?>("--model") { Description = "The base model of a server of its own.", HelpName = "DIR" };
        var json = CommonOptions.Json();
        var command = new Command("rebuild", "Make what a server sums up from its ledger (raters, cohorts, what a training learns from) anew, and say what of it was missing or different.") { url, data, model, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var place = new ChosenServer(parsed.GetValue(url), parsed.GetValue(data), parsed.GetValue(model));
            var rebuilt = await place.UseAsync(screen, (server, stop) => server.RebuildAsync(stop), cancellationToken);
            foreach (var (name, part) in rebuilt)
            {
                screen.Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {part.Entries:N0} entries up to event {part.Cursor:N0}; {(part.Mended == 0 ? "nothing was missing or different" : $"{part.Mended:N0} stored parts were missing or different and are mended")}"));
            }

            FiguresFile.Write(figures, rebuilt);
            return 0;
        });
        return command;
    }
}
