using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Rlhf.Learning.Torch;

namespace Rlhf.Commands;

/// <summary>Runs a command and turns whatever goes wrong into one clear line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>What shells report for a program that Ctrl-C ended.</summary>
    private const int Interrupted = 130;

    /// <summary>Without files of words: a word may begin with an @.</summary>
    private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null };

    /// <summary>The front door's command with some of its verbs, each of which explains itself.</summary>
    public static Command FrontDoor(params IEnumerable<Command> verbs)
    {
        var root = new Command("./rlhf", "A chat backend that learns from its users while it serves them.") { new HelpOption() };
        foreach (var verb in verbs)
        {
            root.Add(verb);
        }

        return root;
    }

    /// <summary>Reads words.</summary>
    public static ParseResult Parse(Command root, IReadOnlyList<string> arguments) => root.Parse(arguments, Plain);

    /// <summary>Runs what the words ask for.</summary>
    /// <param name="root">The program's command.</param>
    /// <param name="arguments">The words.</param>
    /// <param name="error">What went wrong, in one line.</param>
    /// <param name="output">Where help goes; the console where it is null.</param>
    /// <param name="patience">How long a command may take to end when it is interrupted; null ends it at once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code: the command's own, 1 when it failed, 2 when it was called wrongly.</returns>
    public static async Task<int> RunAsync(
        Command root, IReadOnlyList<string> arguments, TextWriter error, TextWriter? output = null, TimeSpan? patience = null, CancellationToken cancellationToken = default)
    {
        var parsed = Parse(root, arguments);
        if (FaultOf(parsed) is { } fault)
        {
            await error.WriteLineAsync(fault);
            return CommandException.Misused;
        }

        try
        {
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = patience };
            invocation.Output = output ?? invocation.Output;
            return await parsed.InvokeAsync(invocation, cancellationToken);
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

    /// <summary>What is wrong with the words, in one line; null for nothing.</summary>
    public static string? FaultOf(ParseResult parsed)
    {
        var commands = Above(parsed.CommandResult).ToList();
        var fault = commands.SelectMany(command => command.Children).OfType<OptionResult>().FirstOrDefault(LacksValue) is { } bare ? $"{bare.Option.Name} needs a value."
            : parsed.UnmatchedTokens is [var unknown, ..] ? Unknown(commands, unknown)
            : parsed.Errors is [var first, ..] ? Wrong(first)
            : null;
        return fault is null ? null : $"{fault} ({string.Join(' ', Enumerable.Reverse(commands).Select(command => command.Command.Name))} --help explains)";
    }

    /// <summary>Whether there is no value, or another option in its place.</summary>
    private static bool LacksValue(OptionResult given) => given.IdentifierTokenCount > 0 && given.Option.Arity.MinimumNumberOfValues > 0
        && (given.Tokens.Count == 0 || given.Tokens.Any(token => token.Value.StartsWith("--", StringComparison.Ordinal)));

    private static string Wrong(ParseError error) => error.SymbolResult switch
    {
        CommandResult { Command: { Action: null, Subcommands.Count: > 0 } command } => $"{command.Name} needs {OneOf([.. command.Subcommands.Select(verb => verb.Name)])} after it.",
        _ => error.Message,
    };

    private static string OneOf(string[] names) => names is [var only] ? $"'{only}'" : $"one of {string.Join(", ", names[..^1])} and {names[^1]}";

    private static string Unknown(List<CommandResult> commands, string word)
    {
        var above = commands.ElementAtOrDefault(1)?.Command;
        var owner = above?.Subcommands.FirstOrDefault(command => command.Options.Any(option => option.Name == word));
        return owner is null ? $"'{word}' is not known here." : $"{word} is for '{above!.Name} {owner.Name}'.";
    }

    /// <summary>A command and those that it is a verb of.</summary>
    private static IEnumerable<CommandResult> Above(CommandResult? result)
    {
        for (; result is not null; result = result.Parent as CommandResult)
        {
            yield return result;
        }
    }
}
