using Rlhf.Inference;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>Cleans dialogues one by one: mends and normalises their texts, masks personal data, and drops what is broken, too short, too long, in another
/// language, or said before. What is kept depends on the dialogues in their order and on the options alone, and cleaning what is kept changes nothing more.</summary>
/// <param name="options">What a dialogue must be.</param>
public sealed class DialogueCleaner(CleaningOptions options)
{
    private readonly DuplicateWindow _toHoldOut = new(options.Window, options.Similarity);
    private readonly DuplicateWindow _heldOut = new(options.Window, options.Similarity);
    private readonly DuplicateWindow _training = new(options.Window, options.Similarity);

    /// <summary>What was done so far.</summary>
    public CleaningReport Report { get; } = new();

    internal CleaningOptions Options => options;

    /// <summary>Learns of a held-out dialogue before any is cleaned, so that no training dialogue that repeats it is kept, wherever they stand.</summary>
    public void Announce(Dialogue dialogue)
    {
        if (!dialogue.HeldOut || Normalised(dialogue, out _) is not { } clean || WhyNot(clean) is not null)
            return;
        _toHoldOut.FindOrAdd(clean.Id, Whole(clean), Words(clean));
        Report.HeldOutForgotten = _toHoldOut.Forgotten;
    }

    /// <summary>Cleans a dialogue.</summary>
    /// <param name="dialogue">The dialogue.</param>
    /// <param name="place">File and line, for the report.</param>
    /// <returns>What became of it, with as many messages; null where it is dropped.</returns>
    public Dialogue? Clean(Dialogue dialogue, string place)
    {
        Report.CountLine();
        var normalised = Normalised(dialogue, out var changes);
        if (normalised is not { } clean)
        {
            var broken = dialogue.Messages.First(message => TextNormaliser.IsBroken(Mojibake.Mend(message.Content))).Content;
            return Drop(DropReason.BrokenEncoding, "characters are lost (U+FFFD)", PersonalData.Mask(broken));
        }

        if (WhyNot(clean) is { } reason)
            return Drop(reason.Reason, reason.Detail, clean.Messages is [var only, ..] ? only.Content : "");
        if (Repeats(clean) is { } repeated)
            return Drop(repeated.Reason, $"repeats {repeated.Of}", clean.Messages[0].Content);

        foreach (var (kind, text) in changes)
            Report.Change(kind, place, text);
        Report.Keep(clean.HeldOut);
        Report.Forgotten = _heldOut.Forgotten + _training.Forgotten;
        return clean;

        Dialogue? Drop(DropReason why, string detail, string text)
        {
            Report.Drop(why, place, dialogue.Id, detail, options.MaskPersonalData ? PersonalData.Mask(text) : text);
            return null;
        }
    }

    /// <summary>Counts a line that is no dialogue.</summary>
    internal void DropLine(DropReason reason, string place, string detail)
    {
        Report.CountLine();
        Report.Drop(reason, place, id: null, detail, "");
    }

    /// <summary>The dialogue with clean texts, and what was done to each message; null where characters are lost.</summary>
    private Dialogue? Normalised(Dialogue dialogue, out List<(string Kind, string Text)> changes)
    {
        var done = changes = [];
        var messages = new DialogueMessage[dialogue.Messages.Count];
        for (var i = 0; i < messages.Length; i++)
        {
            HashSet<string> kinds = [];
            if (Text(dialogue.Messages[i].Content, kinds) is not { } text)
                return null;
            messages[i] = dialogue.Messages[i] with { Content = text };
            done.AddRange(kinds.Select(kind => (kind, text)));
        }

        return new Dialogue(dialogue.Id, messages);
    }

    /// <summary>Repeats its steps until none changes anything: one may uncover what another looks for.</summary>
    private string? Text(string text, HashSet<string> kinds)
    {
        for (var before = (string?)null; before != text;)
        {
            before = text;
            text = Mojibake.Mend(text);
            if (text != before)
                kinds.Add("encoding");
            if (TextNormaliser.IsBroken(text))
                return null;
            var mended = text;
            text = TextNormaliser.Normalise(text);
            if (text != mended)
                kinds.Add("normalised");
            if (options.MaskPersonalData)
                text = PersonalData.Mask(text, kind => kinds.Add(kind));
        }

        return text;
    }

    private (DropReason Reason, string Detail)? WhyNot(Dialogue clean)
    {
        var characters = clean.Messages.Sum(message => (long)message.Content.Length);
        if (clean.Messages.Count < options.LeastMessages)
            return (DropReason.TooShort, $"{clean.Messages.Count} messages");
        if (clean.Messages.Any(message => message.Content.Length == 0))
            return (DropReason.EmptyMessage, "a message is empty");
        if (characters < options.LeastCharacters)
            return (DropReason.TooShort, $"{characters} characters");
        if (characters > options.MostCharacters)
            return (DropReason.TooLong, $"{characters} characters");
        return options.Languages.Count > 0 && LanguageGuess.Of(Words(clean)) is { } language && !options.Languages.Contains(language) ? (DropReason.Language, language) : null;
    }

    private (DropReason Reason, string Of)? Repeats(Dialogue clean)
    {
        var (whole, words) = (Whole(clean), Words(clean));
        if (!clean.HeldOut && _toHoldOut.Find(whole, words) is { } heldOut)
            return (DropReason.HeldOutDuplicate, heldOut.Name);
        return (clean.HeldOut ? _heldOut : _training).FindOrAdd(clean.Id, whole, words) is { } found
            ? (found.Exact ? DropReason.ExactDuplicate : DropReason.NearDuplicate, found.Name)
            : null;
    }

    private static string Whole(Dialogue dialogue) => string.Join('\0', dialogue.Messages.Select(message => $"{message.Role}\0{message.Content}"));

    private static string Words(Dialogue dialogue) => string.Join('\n', dialogue.Messages.Select(message => message.Content));
}
