namespace Rlhf.Commands;

/// <summary>Ends a command with one clear line. Exit code 2 says that the command was called wrongly, 1 that it failed.</summary>
internal class CommandException(string message, int exitCode = CommandException.Failed) : Exception(message)
{
    public const int Failed = 1;
    public const int Misused = 2;

    public int ExitCode { get; } = exitCode;

    public static CommandException Misuse(string message) => new(message, Misused);
}
