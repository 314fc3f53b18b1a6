using Microsoft.VisualBasic.FileIO;
using Rlhf.Statistics.Raters;

namespace Rlhf.Cli.Evaluate;

/// <summary>Answers of raters, as CSV with a header.</summary>
/// <param name="Answers">What they said, once a rater and item.</param>
/// <param name="Items">How many items there are.</param>
/// <param name="Raters">How many raters there are.</param>
/// <param name="Labels">How many labels there are.</param>
/// <param name="Gold">The true labels that are known, by item.</param>
/// <param name="Repeated">Answers that a later one of the same rater on the same item takes the place of.</param>
internal sealed record AnswersFile(IReadOnlyList<Answer> Answers, int Items, int Raters, int Labels, IReadOnlyDictionary<int, int> Gold, int Repeated)
{
    private static readonly string[] Needed = ["item", "rater", "label"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="CommandException">It isn't there, a column is missing, or a line can't be read; the message names the line.</exception>
    public static AnswersFile Read(string path)
    {
        if (!File.Exists(path))
        {
            throw CommandException.Misuse($"There is no file {path}.");
        }

        using var rows = new TextFieldParser(path) { TextFieldType = FieldType.Delimited, Delimiters = [","], TrimWhiteSpace = true };
        var header = (Next(rows, path) ?? []).Select(name => name.ToLowerInvariant()).ToList();
        if (Needed.FirstOrDefault(name => !header.Contains(name)) is { } missing)
        {
            throw CommandException.Misuse($"{path} has no column '{missing}': its first line must name the columns item, rater, label and, if there are known labels, gold.");
        }

        var (items, raters, labels) = (new Numbering(), new Numbering(), new Numbering());
        var answers = new Dictionary<(int Item, int Rater), Answer>();
        var gold = new Dictionary<int, int>();
        var count = 0;
        for (var line = rows.LineNumber; Next(rows, path) is { } fields; line = rows.LineNumber)
        {
            string Field(string name) => header.IndexOf(name) is var at and >= 0 && at < fields.Length ? fields[at] : "";
            if (Needed.FirstOrDefault(name => Field(name).Length == 0) is { } empty)
            {
                throw CommandException.Misuse($"{path}, line {line}: '{empty}' is empty.");
            }

            var (item, rater) = (items.Of(Field("item")), raters.Of(Field("rater")));
            answers[(item, rater)] = new Answer(item, rater, labels.Of(Field("label")));
            if (Field("gold") is { Length: > 0 } known)
            {
                var label = labels.Of(known);
                if (gold.GetValueOrDefault(item, label) != label)
                {
                    throw CommandException.Misuse($"{path}, line {line}: the gold label of item '{Field("item")}' is '{known}', on a line before it was another one.");
                }

                gold[item] = label;
            }

            count++;
        }

        return count > 0
            ? new AnswersFile([.. answers.Values], items.Count, raters.Count, labels.Count, gold, count - answers.Count)
            : throw CommandException.Misuse($"{path} holds no answers.");
    }

    private static string[]? Next(TextFieldParser rows, string path)
    {
        try
        {
            return rows.ReadFields();
        }
        catch (MalformedLineException error)
        {
            throw CommandException.Misuse($"{path}, line {error.LineNumber}: it is no line of CSV; a value with quotes in it must be quoted, and its quotes doubled.");
        }
    }

    /// <summary>Numbers for names, in their order of appearance.</summary>
    private sealed class Numbering
    {
        private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);

        public int Count => numbers.Count;

        public int Of(string name)
        {
            if (!numbers.TryGetValue(name, out var number))
            {
                numbers.Add(name, number = numbers.Count);
            }

            return number;
        }
    }
}
