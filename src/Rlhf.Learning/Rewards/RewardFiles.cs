using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Rewards;

/// <summary>What the files of the reward's components hold.</summary>
/// <param name="Rules">The rules.</param>
/// <param name="Constitution">What the AI judge judges by.</param>
public sealed record RewardFiles(IReadOnlyList<RewardRule> Rules, string Constitution)
{
    // A constitution stands in every request to the judge.
    private const int MostCharacters = 100_000;

    /// <summary>No files.</summary>
    public static RewardFiles None { get; } = new([], "");

    /// <summary>Reads the files that the options name.</summary>
    /// <exception cref="ValidationException">A file is not there, or is not what it should be; the message names option, file and line.</exception>
    public static RewardFiles Read(RewardComponents components) => new(
        components.Rules.File is { } rules ? Read("Rules:File", rules, RewardRule.Read) : [],
        components.Judge is { IsOn: true, Constitution: { } constitution } ? Read("Judge:Constitution", constitution, Text) : JudgePrompt.DefaultConstitution);

    private static T Read<T>(string option, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new ValidationException($"Learner:{option} can't be used: {error.Message}", error);
        }
    }

    private static string Text(string path) => File.ReadAllText(path).Trim() switch
    {
        "" => throw new InvalidDataException($"{path} is empty."),
        { Length: > MostCharacters } text => throw new InvalidDataException($"{path} has {text.Length} characters; at most {MostCharacters} are taken."),
        var text => text,
    };
}
