using System.CommandLine;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;

namespace Rlhf.Cli.Export;

/// <summary><c>export</c>: a server's feedback as data sets.</summary>
internal static class ExportCommand
{
    private const int ReportEvery = 1000;

    public static Command Create(Screen screen) => new("export", "Write what raters say in the end as a data set; nothing that was taken back or erased, and nothing of quarantined raters.")
    {
        Format("preferences", "Comparisons and corrections in TRL's preference format: a prompt with a chosen and a rejected reply.", "Also thumbs up against thumbs down on other replies to the same prompt.", screen),
        Format("thumbs", "Thumbs in TRL's unpaired preference format: a prompt, a reply and its label.", null, screen),
        Format("sft", "Corrected replies in OpenAI's chat format.", "Also replies with a thumb up.", screen),
    };

    private static Command Format(string format, string description, string? withThumbsToo, Screen screen)
    {
        var file = new Argument<string>("file") { Description = "The file to write, gzip by the ending .gz; it appears when it is whole.", HelpName = "FILE" };
        var url = SharedOptions.Url($"A running server (RLHF_KEY holds an operator's key, where it needs one); without it, the one at {ChosenServer.DefaultAddress}, or one of its own on --data.");
        var data = new Option<string?>("--data") { Description = "The data folder of a server of its own; ./data without it.", HelpName = "DIR" };
        var model = new Option<string?>("--model") { Description = "The base model of a server of its own.", HelpName = "DIR" };
        var version = new Option<string?>("--version") { Description = "Feedback on replies of this version alone.", HelpName = "V" };
        var since = new Option<string?>("--since") { Description = "Feedback of this time or later, as in 2026-01-31T12:00:00Z.", HelpName = "TIME" };
        var until = new Option<string?>("--until") { Description = "Feedback from before this time.", HelpName = "TIME" };
        var tag = new Option<string?>("--tag") { Description = "Feedback with this tag.", HelpName = "TAG" };
        var withThumbs = new Option<bool>("--with-thumbs") { Description = withThumbsToo };
        var quarantined = new Option<bool>("--quarantined") { Description = "Also what quarantined raters gave." };
        var json = CommonOptions.Json();
        var command = new Command(format, description) { file, url, data, model, version, since, until, tag, quarantined, json };
        if (withThumbsToo is not null)
        {
            command.Add(withThumbs);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var output = parsed.GetRequiredValue(file);
            var path = $"v1/export/{format}" + Query(
                ("version", parsed.GetValue(version)), ("since", parsed.GetValue(since)), ("until", parsed.GetValue(until)), ("tag", parsed.GetValue(tag)),
                ("with_thumbs", withThumbsToo is not null && parsed.GetValue(withThumbs) ? "true" : null), ("quarantined", parsed.GetValue(quarantined) ? "true" : null));
            var place = new ChosenServer(parsed.GetValue(url), parsed.GetValue(data), parsed.GetValue(model));
            var lines = await place.UseAsync(screen, (server, stop) => WriteAsync(server, path, output, screen, stop), cancellationToken);
            screen.Line($"{lines} lines in {output}");
            FiguresFile.Write(figures, new { Format = format, File = output, Lines = lines });
            return 0;
        });
        return command;
    }

    private static async Task<long> WriteAsync(ServerClient server, string path, string output, Screen screen, CancellationToken cancellationToken)
    {
        using var file = WholeFile.Create(output);
        var count = 0L;
        await screen.WatchAsync($"exporting to {output}", async report =>
        {
            await foreach (var line in server.LinesAsync(path, cancellationToken))
            {
                file.Line(line);
                if (++count % ReportEvery == 0)
                {
                    report(0, $"{count} lines");
                }
            }

            return true;
        });
        file.Finish();
        return count;
    }

    private static string Query(params IEnumerable<(string Name, string? Value)> given)
    {
        var parts = given.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}").ToList();
        return parts.Count == 0 ? "" : $"?{string.Join('&', parts)}";
    }
}
