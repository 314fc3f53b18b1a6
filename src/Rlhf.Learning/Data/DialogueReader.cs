namespace Rlhf.Learning.Data;

/// <summary>Reads dialogues, one JSON object <c>{id, messages:[{role, content}]}</c> a line, plain or gzip by the ending <c>.gz</c>.</summary>
public static class DialogueReader
{
    private sealed record Line(string? Id, List<MessageLine?>? Messages);

    /// <summary>Reads the file from start to end; dialogues without a message are left out.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no dialogue; the message names file and line.</exception>
    public static IEnumerable<Dialogue> Read(string path) =>
        JsonLines.Read<Line>(path, "dialogues", "a JSON object with 'id' and 'messages'")
            .Select(read => Checked(read.Line, read.Place))
            .Where(dialogue => dialogue.Messages.Count > 0);

    private static Dialogue Checked(Line line, string place) => line is { Id: { } id, Messages: { } messages }
        ? new Dialogue(id, MessageLine.Checked(messages, place))
        : throw new InvalidDataException($"{place}: 'id' or 'messages' is missing.");
}
