using System.ComponentModel.DataAnnotations;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Evaluation;

/// <summary>What the operator gives the gate to look at beside held-out prompts.</summary>
/// <param name="Dialogues">Dialogues of people, which no training saw.</param>
/// <param name="Prompts">Prompts of the operator's own.</param>
public sealed record GateFiles(IReadOnlyList<Dialogue> Dialogues, IReadOnlyList<RegressionPrompt> Prompts)
{
    /// <summary>Reads the files that the options name; what they don't name is empty.</summary>
    /// <exception cref="ValidationException">A file is not there, or is not what it should be; the message names option, file and line.</exception>
    public static GateFiles Read(GateOptions options) => new(
        Read(options.Dialogues, nameof(GateOptions.Dialogues), "held-out dialogue in which the assistant speaks", path => DialogueReader.Read(path)
            .Where(dialogue => dialogue.HeldOut && dialogue.Messages.Any(message => message.Role == "assistant"))
            .Take(options.MostDialogues)),
        Read(options.RegressionPrompts, nameof(GateOptions.RegressionPrompts), "prompt", RegressionPrompt.Read));

    private static T[] Read<T>(string? path, string option, string kind, Func<string, IEnumerable<T>> read)
    {
        if (path is null)
            return [];

        try
        {
            return read(path).ToArray() is { Length: > 0 } lines ? lines : throw new InvalidDataException($"{path} holds no {kind}.");
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new ValidationException($"Gate:{option} can't be used: {error.Message}", error);
        }
    }
}
