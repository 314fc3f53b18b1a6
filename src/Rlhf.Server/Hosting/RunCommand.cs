using System.CommandLine;

namespace Rlhf.Server.Hosting;

/// <summary><c>run</c>: serves.</summary>
public static class RunCommand
{
    private const string Description =
        "Serves: chats, learns from thumbs, and publishes what it learned. Any setting can be given as --Section:Key=value, such as --Learner:TriggerThumbs=500.";

    /// <summary>Serves until it is stopped.</summary>
    /// <param name="arguments">The words after <c>run</c>.</param>
    /// <param name="output">Where help goes.</param>
    /// <param name="error">What kept it from starting, in one line.</param>
    /// <returns>The exit code: 0, 1 when it could not start, 2 when it was called wrongly.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var (command, settings) = Create(arguments);
        IReadOnlyList<ServerSetting>? asked = null;
        command.SetAction(parsed => asked = settings.Of(parsed));
        var code = await CommandLine.RunAsync(CommandLine.FrontDoor(command), [command.Name, .. settings.Words], error, output);
        return asked is null ? code : await ServerRun.RunAsync(asked, error);
    }

    /// <summary>Reads the words after <c>run</c>.</summary>
    /// <exception cref="ArgumentException">They make no sense.</exception>
    internal static IReadOnlyList<ServerSetting> Parse(string[] arguments)
    {
        var (command, settings) = Create(arguments);
        var parsed = CommandLine.Parse(CommandLine.FrontDoor(command), [command.Name, .. settings.Words]);
        return CommandLine.FaultOf(parsed) is { } fault ? throw new ArgumentException(fault, nameof(arguments)) : settings.Of(parsed);
    }

    private static (Command Command, ServerSettings Settings) Create(string[] arguments)
    {
        var settings = ServerSettings.OfServer(arguments);
        var command = new Command("run", Description);
        settings.AddTo(command);
        return (command, settings);
    }
}
