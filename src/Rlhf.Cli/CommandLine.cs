using System.CommandLine;
using Rlhf.Learning.Torch;

namespace Rlhf.Cli;

/// <summary>Runs a command and turns whatever goes wrong into one clear line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>What shells report for a program that Ctrl-C ended.</summary>
    private const int Interrupted = 130;

    public static async Task<int> RunAsync(Command root, string[] arguments, TextWriter error)
    {
        var parsed = root.Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            var wrong = parsed.UnmatchedTokens is [var unknown, ..] ? $"'{unknown}' is not known here." : first.Message;
            await error.WriteLineAsync($"{wrong} (./rlhf {Verb(parsed)}--help explains)");
            return CommandException.Misused;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
            });
        }
        catch (CommandException e)
        {
            await error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("stopped");
            return Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or TorchUnavailableException)
        {
            await error.WriteLineAsync(e.Message);
            return CommandException.Failed;
        }
    }

    private static string Verb(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result?.Parent is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(result.Command.Name + " ");
        }

        return string.Concat(names);
    }
}
