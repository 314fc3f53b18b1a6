using Rlhf.Cli.Output;
using Spectre.Console;

namespace Rlhf.Cli.Tests;

/// <summary>What a screen shows where no terminal is.</summary>
internal static class Shown
{
    public static string Text(Action<Screen> show)
    {
        var (screen, writer) = Paper();
        show(screen);
        return writer.ToString();
    }

    public static async Task<string> TextAsync(Func<Screen, Task> show)
    {
        var (screen, writer) = Paper();
        await show(screen);
        return writer.ToString();
    }

    private static (Screen Screen, StringWriter Writer) Paper()
    {
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
        console.Profile.Width = 120;
        return (new Screen(console), writer);
    }
}
