using System.CommandLine;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;
using Rlhf.Cli.Thumbs;

namespace Rlhf.Cli.Import;

/// <summary><c>import</c>: feedback that was recorded elsewhere becomes ledger events.</summary>
internal static class ImportCommand
{
    private const string Thumbs = "thumbs";
    private const string OpenWebUi = "open-webui";

    public static Command Create(Screen screen)
    {
        var format = new Option<string>("--format") { Description = "What the file is: recorded thumbs and what else 'import thumbs' reads, one JSON object a line, or Open WebUI's export of its feedback.", DefaultValueFactory = _ => Thumbs };
        format.AcceptOnlyFromAmong(Thumbs, OpenWebUi);
        var import = Command(new Command("import", "Bring recorded feedback into a server; what is there already, by its id, is not put in again."), screen, required: false, format);
        import.Add(Command(new Command(Thumbs, "Put recorded thumbs, preferences and replies to imitate into the ledger; what is there already, by its id, is not put in again."), screen, required: true, format: null));
        return import;
    }

    private static Command Command(Command command, Screen screen, bool required, Option<string>? format)
    {
        var file = new Argument<string>("file") { Description = "Recorded thumbs, preferences in TRL's formats or hh-rlhf's, or chats in OpenAI's format, one JSON object a line, plain or .gz; or what --format says.", HelpName = "FILE", Arity = required ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne };
        var url = SharedOptions.Url($"A running server (RLHF_KEY holds the key, where it needs one); without it, the one at {ChosenServer.DefaultAddress}, or one of its own on --data.");
        var data = new Option<string?>("--data") { Description = "The data folder of a server of its own; ./data without it.", HelpName = "DIR" };
        var model = new Option<string?>("--model") { Description = "The base model of a server of its own.", HelpName = "DIR" };
        var json = CommonOptions.Json();
        command.Add(file);
        foreach (var option in (Option?[])[format, url, data, model, json])
        {
            if (option is not null)
            {
                command.Add(option);
            }
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var source = parsed.GetValue(file) ?? throw CommandException.Misuse("Name the file to import: ./rlhf import --format open-webui FILE, or ./rlhf import thumbs FILE.");
            if (!File.Exists(source))
            {
                throw CommandException.Misuse($"There is no file {source}.");
            }

            var isOpenWebUi = format is not null && parsed.GetValue(format) == OpenWebUi;
            IReadOnlyList<ThumbsLine> lines = isOpenWebUi ? OpenWebUiFile.Read(source) : [.. RecordedFile.Read(source)];
            var place = new ChosenServer(parsed.GetValue(url), parsed.GetValue(data), parsed.GetValue(model));
            var result = await place.UseAsync(screen, (server, stop) => new ThumbsImport(server, screen).RunAsync(lines, stop), cancellationToken);
            foreach (var (line, error) in result.Bad)
            {
                screen.Line($"{(isOpenWebUi ? "feedback" : "line")} {line} {error}; skipped");
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
        return command;
    }
}
