using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rlhf.Cli.Output;

/// <summary>Where a command shows what it does: a live bar on a terminal, plain lines where the output goes to a file or a pipe.</summary>
internal sealed class Screen(IAnsiConsole console)
{
    private const int FileWidth = 160;
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(15);

    /// <summary>The process's standard output.</summary>
    public static Screen Standard()
    {
        var console = AnsiConsole.Console;
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = FileWidth; // no terminal, no width: tables must not be folded to a guess
        }

        return new Screen(console);
    }

    private bool Live => console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;

    public void Line(string text)
    {
        if (Live)
        {
            console.Write(new Text(text + "\n"));
        }
        else
        {
            console.Profile.Out.Writer.WriteLine(text); // whole, however long: a line of a log is one line
        }
    }

    public void Show(IRenderable renderable)
    {
        console.Write(renderable);
        console.WriteLine();
    }

    /// <summary>Runs <paramref name="work"/>, which reports a share from 0 to 1 and a few words, and shows how far it is.</summary>
    public async Task<T> WatchAsync<T>(string title, Func<Action<double, string>, Task<T>> work)
    {
        var watch = Stopwatch.StartNew();
        var result = Live ? await WatchLiveAsync(title, work) : await WatchInLinesAsync(title, watch, work);
        Line(string.Create(CultureInfo.InvariantCulture, $"{title}: {watch.Elapsed.TotalSeconds:0.0} s"));
        return result;
    }

    private async Task<T> WatchLiveAsync<T>(string title, Func<Action<double, string>, Task<T>> work)
    {
        var progress = console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn());
        return await progress.StartAsync(async context =>
        {
            var task = context.AddTask(Markup.Escape(title), maxValue: 1);
            return await work((share, words) =>
            {
                task.Value = share;
                task.Description = Markup.Escape(words.Length == 0 ? title : $"{title}: {words}");
            });
        });
    }

    private async Task<T> WatchInLinesAsync<T>(string title, Stopwatch watch, Func<Action<double, string>, Task<T>> work)
    {
        var (said, at) = ("", TimeSpan.Zero);
        return await work((share, words) =>
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"{title}: {share:P0} {words}").TrimEnd();
            if (line != said && watch.Elapsed - at >= LineEvery)
            {
                (said, at) = (line, watch.Elapsed);
                Line(line);
            }
        });
    }
}
