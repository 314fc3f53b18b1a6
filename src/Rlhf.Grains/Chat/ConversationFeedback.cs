using System.Globalization;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Grains.Chat;

/// <summary>What raters say of the conversation's replies.</summary>
public sealed partial class ConversationGrain
{
    /// <summary>The most replies that a statement on the whole conversation is shared among: the newest.</summary>
    private const int MostShared = 64;

    private readonly Dictionary<Place, FeedbackReceipt> _standing = [];
    private readonly Dictionary<string, long> _recorded = [];

    private IEnumerable<ThumbReceipt> Thumbs => _standing.Values
        .Where(receipt => receipt is { Kind: FeedbackKind.Thumbs, Content: null })
        .Select(receipt => new ThumbReceipt(receipt.EventId, receipt.CompletionId, receipt.Rater, receipt.Up, receipt.Version, receipt.RecordedAt));

    /// <inheritdoc/>
    public async Task<ThumbReceipt> RateAsync(ThumbRequest request, CancellationToken cancellationToken = default)
    {
        var receipt = await GiveAsync(
            new FeedbackStatement(
                request.EventId, request.Number, new FeedbackAuthor(request.Rater, request.Client, request.Annotator),
                request.Up is null ? FeedbackKind.Retraction : FeedbackKind.Thumbs, request.Up, Content: null, request.Comment, request.Tags, request.Named),
            cancellationToken);
        return new ThumbReceipt(receipt.EventId, receipt.CompletionId, receipt.Rater, receipt.Up, receipt.Version, receipt.RecordedAt);
    }

    /// <inheritdoc/>
    public async Task<FeedbackReceipt> GiveAsync(FeedbackStatement statement, CancellationToken cancellationToken = default)
    {
        var judged = statement.Number is { } number ? [await FindJudgedAsync(number, statement.Author, cancellationToken)] : await AllJudgedAsync(statement, cancellationToken);
        FeedbackEvent[] said = [.. judged.Select((turn, i) => Event(statement, turn, i, judged.Count)).Select(said => statement.AddsLabels ? WithStandingLabels(said) : said)];
        if (_recorded.TryGetValue(statement.EventId, out var sequence))
        {
            return await SentBeforeAsync(sequence, said[0], cancellationToken); // what was taken back is not there to be taken back once more
        }

        var isRetraction = statement.Kind == FeedbackKind.Retraction;
        var before = said.Select(Standing).ToArray();
        if (isRetraction && before.All(standing => standing is null))
        {
            throw NothingToTakeBack(said[0]);
        }

        if (statement is { Kind: FeedbackKind.Correction, Content.Text: { } corrected } && corrected == judged[0].Reply)
        {
            throw new RefusedException(Refusal.Invalid, "'correction' is the reply as it is, so that it corrects nothing; a thumb up says that it is good.", "correction");
        }

        if (statement is { Kind: FeedbackKind.Correction, Content.Text: { } text } && replica.CorrectionTokens(text) is var (tokens, most) && tokens > most)
        {
            throw new RefusedException(Refusal.Invalid, $"'correction' is {tokens:N0} tokens long; at most {most:N0} are allowed, half of what the model can read.", "correction");
        }

        await Rater(statement.Author).AdmitAsync(cancellationToken);
        if (!statement.Named && !isRetraction && said.Zip(before).All(pair => pair.Second is { } standing && SaysSame(pair.First, standing)))
        {
            return before[0]!; // said once more, it says nothing new
        }

        (FeedbackEvent Event, FeedbackReceipt? Before)[] counted = [.. said.Zip(before).Where(pair => !isRetraction || pair.Second is not null)];
        var stood = before.Any(standing => standing is not null);
        FeedbackEvent[] events = [.. counted.Select((pair, i) => Counted(pair.Event, pair.Before, i == 0 ? statement.EventId : $"{statement.EventId}/{i.ToString(CultureInfo.InvariantCulture)}", i == 0 ? isRetraction ? -1 : stood ? 0 : 1 : 0))];
        var appended = await ledger.AppendAsync(events, cancellationToken);
        if (appended[0].Duplicate)
        {
            return await SentBeforeAsync(appended[0].Sequence, said[0], cancellationToken);
        }

        foreach (var (given, result) in events.Zip(appended))
        {
            Remember(given, result.Sequence);
        }

        await TellAsync(events[0]);
        return ReceiptOf(events[0]);
    }

    /// <inheritdoc/>
    public async Task<Turn> FindJudgedAsync(int number, FeedbackAuthor author, CancellationToken cancellationToken = default)
    {
        var turn = await turns.FindAsync(Id, number, cancellationToken);
        if (turn is null || !(author.Annotator || IsKnownTo(author.Client)))
        {
            var reason = turn is null && number <= _lastNumber && IsKnownTo(author.Client)
                ? $"Nothing of completion '{CompletionId.Of(Id, number)}' is kept, so that it can't be rated: it was erased, or asked for with store: false, or its reply was not finished."
                : $"There is no completion '{CompletionId.Of(Id, number)}'.";
            LeaveIfNobodyHadIt();
            throw new RefusedException(Refusal.NotFound, reason, "completion_id");
        }

        RefuseToJudge(author);
        return turn;
    }

    private async Task<IReadOnlyList<Turn>> AllJudgedAsync(FeedbackStatement statement, CancellationToken cancellationToken)
    {
        var stored = IsKnownTo(statement.Author.Client) || statement.Author.Annotator ? await turns.ReadAsync(Id, cancellationToken) : StoredTurns.None;
        if (stored.Count == 0)
        {
            LeaveIfNobodyHadIt();
            throw new RefusedException(Refusal.NotFound, $"There is no conversation '{Id}' with a reply that could be rated.", "conversation_id");
        }

        RefuseToJudge(statement.Author);
        return [.. stored.TakeLast(MostShared)];
    }

    private FeedbackReceipt ReceiptOf(FeedbackEvent recorded) => FeedbackReceipt.Of(recorded, catalog.Current.Live);

    private void RefuseToJudge(FeedbackAuthor author)
    {
        if (!author.Annotator)
        {
            RefuseStrangers(author.Rater, "rater", "rated by its owner and by the configured annotators (Feedback:Annotators)", annotatorsToo: true);
        }
    }

    /// <summary>What a request is answered whose id is in the ledger: as before where it is the same request.</summary>
    private async Task<FeedbackReceipt> SentBeforeAsync(long sequence, FeedbackEvent again, CancellationToken cancellationToken)
    {
        var recorded = (await ledger.ReadAsync(sequence - 1, cancellationToken).FirstAsync(cancellationToken)).Event;
        var sameReply = recorded.CompletionId == again.CompletionId || (recorded.Content?.Share is not null && again.Content?.Share is not null); // there may be more replies since
        return sameReply && recorded.Statement == again.Statement && recorded.Kind == again.Kind && SaysSame(again, FeedbackReceipt.Of(recorded))
            ? ReceiptOf(recorded)
            : throw new RefusedException(
                Refusal.NameTaken,
                $"The Idempotency-Key named another piece of feedback before, on '{recorded.CompletionId}' at {recorded.At:u}; nothing was recorded. Each needs a key of its own.",
                "Idempotency-Key");
    }

    private static bool SaysSame(FeedbackEvent said, FeedbackReceipt standing) =>
        said.Up == standing.Up && said.Comment == standing.Comment && said.Tags.SequenceEqual(standing.Tags)
        && (said.Content is null ? standing.Content is null : standing.Content is { } content && said.Content.SaysSame(content));

    private RefusedException NothingToTakeBack(FeedbackEvent retraction) => new(
        Refusal.NotFound,
        $"Rater '{retraction.Rater}' has no {KindName.Of(retraction.Subject)} on {(retraction.Content?.Share is null ? $"'{retraction.CompletionId}'" : $"conversation '{Id}'")} to take back.",
        "rater");

    /// <summary>What is said of one of the judged replies.</summary>
    private FeedbackEvent Event(FeedbackStatement statement, Turn turn, int index, int of) => new(
        statement.EventId,
        statement.Kind,
        CompletionId.Of(Id, turn.Number),
        statement.Author.Rater,
        statement.Number is null ? null : statement.Up,
        statement.Comment,
        statement.Tags,
        turn.Version,
        Group: Id,
        turn.Messages,
        turn.Reply,
        turn.Tokens,
        turn.LogProbs,
        time.GetUtcNow(),
        Client: statement.Author.Client,
        Filtered: turn.Filtered,
        Content: statement.Number is not null ? statement.Content : (statement.Content ?? new FeedbackContent()) with { Positive = statement.Content?.Positive ?? statement.Up, Share = 1.0 / of },
        Draft: turn.Draft);

    /// <summary>The event with the labels that it does not name and that stand.</summary>
    private FeedbackEvent WithStandingLabels(FeedbackEvent said) => Standing(said)?.Content?.Labels is { } standing && said.Content?.Labels is { } labels
        ? said with { Content = said.Content with { Labels = [.. labels.Concat(standing.ExceptBy(labels.Select(label => label.Question), label => label.Question)).OrderBy(label => label.Question, StringComparer.Ordinal)] } }
        : said;

    /// <summary>The event with its own id, and what it changes in the count of statements.</summary>
    private static FeedbackEvent Counted(FeedbackEvent said, FeedbackReceipt? before, string id, int net) => said with
    {
        Id = id,
        Replaces = said.Content is null ? before?.Up : null,
        Content = said.Content is { } content ? content with { Net = net } : null,
    };

    private FeedbackReceipt? Standing(FeedbackEvent said) => _standing.GetValueOrDefault(Place.Of(said));

    private void Remember(FeedbackEvent said, long sequence)
    {
        _recorded[said.Id] = sequence;
        if (said.Kind == FeedbackKind.Retraction)
        {
            _standing.Remove(Place.Of(said));
        }
        else
        {
            _standing[Place.Of(said)] = ReceiptOf(said);
        }
    }

    private IRaterGrain Rater(FeedbackAuthor author) => GrainFactory.GetGrain<IRaterGrain>(RaterId.Of(author.Client, author.Rater));

    /// <summary>Tells everybody who counts of an event that is durable already.</summary>
    private async Task TellAsync(FeedbackEvent given)
    {
        FeedbackMeter.Recorded(given);
        if (feedback.Value.NetChange(given) is not 0 and var change)
        {
            await GrainFactory.Learner(catalog.Current.Model).FeedbackArrivedAsync(change);
        }
    }

    /// <summary>A rater's statement of one name on one reply.</summary>
    private readonly record struct Place(int Number, string Rater, string Statement)
    {
        public static Place Of(FeedbackEvent said)
        {
            CompletionId.TryParse(said.CompletionId, out _, out var number);
            return new Place(number, RaterId.Of(said), said.Statement);
        }
    }
}
