using System.Globalization;
using Rlhf.Inference;

namespace Rlhf.Learning.Data;

/// <summary>The dialogues of several files, apart into those to train on and those held out.</summary>
public sealed class DialogueCorpus
{
    private readonly IReadOnlyList<(DialogueSource Source, Dialogue[] Dialogues)> _files;

    private DialogueCorpus(IReadOnlyList<(DialogueSource Source, Dialogue[] Dialogues)> files) => _files = files;

    /// <summary>Reads the files.</summary>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A line is no dialogue.</exception>
    public static DialogueCorpus Read(IReadOnlyList<DialogueSource> sources)
        => new([.. sources.Select(source => (source, DialogueReader.Read(source.Path).ToArray()))]);

    /// <summary>The texts to train on, each once.</summary>
    public IEnumerable<string> TrainingTexts => _files
        .SelectMany(file => file.Dialogues)
        .Where(dialogue => !dialogue.HeldOut)
        .SelectMany(dialogue => dialogue.Messages)
        .Select(message => message.Content);

    /// <summary>The dialogues to train on, in tokens.</summary>
    public EncodedDialogue[] Training(ChatTemplate template)
        => [.. _files.SelectMany(file => file.Dialogues
            .Where(dialogue => !dialogue.HeldOut)
            .Select(dialogue => EncodedDialogue.From(dialogue, template, file.Source.Copies)))];

    /// <summary>Some held-out dialogues of each file, in tokens, by the file's name: those of the smallest hashes.</summary>
    public IReadOnlyDictionary<string, EncodedDialogue[]> HeldOut(ChatTemplate template, int most)
        => _files.ToDictionary(
            file => file.Source.Name,
            file => file.Dialogues
                .Where(dialogue => dialogue.HeldOut)
                .OrderBy(dialogue => SeededRandom.Hash(1, dialogue.Id))
                .Take(most)
                .Select(dialogue => EncodedDialogue.From(dialogue, template))
                .ToArray());

    /// <summary>Name, size and copies of each file.</summary>
    public override string ToString() => string.Join(" + ", _files.Select(
        file => string.Create(CultureInfo.InvariantCulture, $"{file.Source.Name} ({file.Dialogues.Length} x {file.Source.Copies})")));
}
