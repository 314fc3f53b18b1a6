using System.CommandLine;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;

namespace Rlhf.Cli.Import;

/// <summary><c>import thumbs</c>: recorded human thumbs become ledger events.</summary>
internal static class ImportCommand
{
    public static Command Create(Screen screen)
    {
        var file = new Argument<string>("file") { Description = "Recorded thumbs, preferences in TRL's formats or hh-rlhf's, or chats in OpenAI's format, one JSON object a line, plain or .gz.", HelpName = "FILE" };
        var url = SharedOptions.Url($"A running server (RLHF_KEY holds the key, where it needs one); without it, the one at {ChosenServer.DefaultAddress}, or one of its own on --data.");
        var data = new Option<string?>("--data") { Description = "The data folder of a server of its own; ./data without it.", HelpName = "DIR" };
        var model = new Option<string?>("--model") { Description = "The base model of a server of its own.", HelpName = "DIR" };
        var json = CommonOptions.Json();
        var thumbs = new Command("thumbs", "Put recorded thumbs, preferences and replies to imitate into the ledger; what is there already, by its id, is not put in again.") { file, url, data, model, json };
        thumbs.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var source = parsed.GetRequiredValue(file);
            if (!File.Exists(source))
            {
                throw CommandException.Misuse($"There is no file {source}.");
            }

            var place = new ChosenServer(parsed.GetValue(url), parsed.GetValue(data), parsed.GetValue(model));
            var result = await place.UseAsync(screen, (server, stop) => new ThumbsImport(server, screen).RunAsync(source, stop), cancellationToken);
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
}
