using Rlhf.Cli.Output;
using Spectre.Console;

namespace Rlhf.Cli.Tests;

/// <summary>What a screen shows where no terminal is.</summary>
internal static class Shown
{
    public static string Text(Action<Screen> show)
    {
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
        console.Profile.Width = 120;
        show(new Screen(console));
        return writer.ToString();
    }
}
