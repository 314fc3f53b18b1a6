using System.Collections.Immutable;
using System.Globalization;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

namespace Rlhf.Grains.Chat;

/// <summary>Comparisons of replies, which may be other conversations' too. One event holds the comparison, with all texts; the conversations of the other
/// replies get events of their own that refer to it, in the same write, so that each finds it when it is erased.</summary>
public sealed partial class ConversationGrain
{
    /// <inheritdoc/>
    public async Task<FeedbackReceipt> CompareAsync(ComparisonStatement comparison, CancellationToken cancellationToken = default)
    {
        var judged = await ReadJudgedAsync(comparison, cancellationToken);
        var main = Main(comparison, judged);
        if (_recorded.TryGetValue(comparison.EventId, out var sequence))
        {
            return await SentBeforeAsync(sequence, main, cancellationToken);
        }

        var before = Standing(main);
        if (comparison.Retracts && before is null)
        {
            throw NothingToTakeBack(main);
        }

        await Rater(comparison.Author).AdmitAsync(cancellationToken);
        if (!comparison.Named && !comparison.Retracts && before is not null && SaysSame(main, before))
        {
            return before;
        }

        main = main with { Content = main.Content! with { Net = comparison.Retracts ? -1 : before is null ? 1 : 0 } };
        FeedbackEvent[] events = [main, .. Parts(main, judged)];
        var appended = await ledger.AppendAsync(events, cancellationToken);
        if (appended[0].Duplicate)
        {
            return await SentBeforeAsync(appended[0].Sequence, main, cancellationToken);
        }

        Remember(main, appended[0].Sequence);
        var missing = new List<string>();
        foreach (var (part, result) in events.Zip(appended).Skip(1))
        {
            CompletionId.TryParse(part.CompletionId, out var conversation, out _);
            if (!await GrainFactory.Conversation(conversation!).ComparedAsync(part, result.Sequence, cancellationToken))
            {
                missing.Add(part.CompletionId!);
            }
        }

        if (missing.Count > 0 && !comparison.Retracts)
        {
            // Erased after it was read: nothing of it may stay.
            foreach (var (said, result) in events.Zip(appended))
            {
                CompletionId.TryParse(said.CompletionId, out var conversation, out _);
                await (conversation == Id ? this : GrainFactory.Conversation(conversation!)).EraseComparedAsync([result.Sequence], Erasure.OfConversation, cancellationToken);
            }

            throw new RefusedException(Refusal.NotFound, $"There is no completion '{missing[0]}' any more; nothing was recorded.", "ranking");
        }

        await TellAsync(main);
        return ReceiptOf(main);
    }

    /// <inheritdoc/>
    public async Task<bool> ComparedAsync(FeedbackEvent part, long sequence, CancellationToken cancellationToken = default)
    {
        Remember(part, sequence);
        CompletionId.TryParse(part.CompletionId, out _, out var number);
        return await turns.FindAsync(Id, number, cancellationToken) is not null;
    }

    /// <inheritdoc/>
    public async Task<int> EraseComparedAsync(ImmutableArray<long> sequences, string reason, CancellationToken cancellationToken = default)
    {
        var erased = await ledger.EraseAsync(reason, sequences, time.GetUtcNow(), cancellationToken: cancellationToken);
        foreach (var id in _recorded.Where(recorded => sequences.Contains(recorded.Value)).Select(recorded => recorded.Key).ToHashSet())
        {
            _recorded.Remove(id);
            foreach (var place in _standing.Where(statement => statement.Value.EventId == id).Select(statement => statement.Key).ToList())
            {
                _standing.Remove(place);
            }
        }

        return erased;
    }

    /// <summary>The compared turns with their ranks, this conversation's among them. To take a comparison back no turn has to be there any more.</summary>
    private async Task<IReadOnlyList<(string CompletionId, int Rank, Turn? Turn)>> ReadJudgedAsync(ComparisonStatement comparison, CancellationToken cancellationToken)
    {
        var judged = new List<(string CompletionId, int Rank, Turn? Turn)>();
        var rank = 1;
        foreach (var (place, tied) in comparison.Ranking.Index())
        {
            foreach (var (index, id) in tied.Index())
            {
                judged.Add((id, rank, comparison.Retracts ? null : await FindAsync(id, $"ranking[{place}][{index}]")));
            }

            rank += tied.Length;
        }

        if (judged.FirstOrDefault(reply => reply.Turn is not null && !reply.Turn.Messages.SequenceEqual(judged[0].Turn!.Messages)) is { CompletionId: not null } other)
        {
            throw new RefusedException(
                Refusal.Invalid, $"'ranking' compares replies to one prompt; '{other.CompletionId}' answers another one than '{judged[0].CompletionId}'.", "ranking");
        }

        return judged;

        async Task<Turn> FindAsync(string id, string field)
        {
            CompletionId.TryParse(id, out var conversation, out var number);
            try
            {
                return conversation == Id
                    ? await FindJudgedAsync(number, comparison.Author, cancellationToken)
                    : await GrainFactory.Conversation(conversation!).FindJudgedAsync(number, comparison.Author, cancellationToken);
            }
            catch (RefusedException refused) when (refused.Param == "completion_id")
            {
                throw new RefusedException(refused.Refusal, refused.Message, field);
            }
        }
    }

    private FeedbackEvent Main(ComparisonStatement comparison, IReadOnlyList<(string CompletionId, int Rank, Turn? Turn)> judged)
    {
        var owner = ComparisonStatement.OwnerOf(judged.Select(reply => reply.CompletionId));
        var own = judged.First(reply => reply.CompletionId == owner);
        return new FeedbackEvent(
            comparison.EventId,
            comparison.Retracts ? FeedbackKind.Retraction : FeedbackKind.Comparison,
            owner,
            comparison.Author.Rater,
            Up: null,
            comparison.Comment,
            comparison.Tags,
            own.Turn?.Version ?? "",
            Group: Id,
            own.Turn?.Messages ?? [],
            own.Turn?.Reply ?? "",
            own.Turn?.Tokens ?? [],
            own.Turn?.LogProbs ?? [],
            time.GetUtcNow(),
            Client: comparison.Author.Client,
            Filtered: judged.Select(reply => reply.Turn?.Filtered).FirstOrDefault(filtered => filtered is not null),
            Content: new FeedbackContent
            {
                Retracts = comparison.Retracts ? FeedbackKind.Comparison : null,
                Rank = comparison.Retracts ? null : own.Rank,
                Others = [.. judged.Where(reply => reply.CompletionId != owner).OrderBy(reply => reply.CompletionId, StringComparer.Ordinal).Select(reply => new ComparedReply(
                    reply.CompletionId, comparison.Retracts ? 0 : reply.Rank, reply.Turn?.Version ?? "", reply.Turn?.Reply ?? "", reply.Turn?.Tokens ?? [], reply.Turn?.LogProbs ?? [], reply.Turn?.Draft))],
            },
            Draft: own.Turn?.Draft);
    }

    /// <summary>What the other conversations are told: one event for each reply of theirs, without texts.</summary>
    private IEnumerable<FeedbackEvent> Parts(FeedbackEvent main, IReadOnlyList<(string CompletionId, int Rank, Turn? Turn)> judged)
    {
        var all = main.Content!.Others!.Value.Append(new ComparedReply(main.CompletionId!, main.Content.Rank ?? 0, main.Version, "", [], [], main.Draft)).Select(reply => reply.WithoutText()).ToImmutableArray();
        foreach (var (index, other) in main.Content.Others.Value.Index())
        {
            if (CompletionId.TryParse(other.CompletionId, out var conversation, out _) && conversation != Id)
            {
                yield return main with
                {
                    Id = $"{main.Id}/{(index + 1).ToString(CultureInfo.InvariantCulture)}",
                    CompletionId = other.CompletionId,
                    Comment = null,
                    Tags = [],
                    Version = other.Version,
                    Draft = other.Draft,
                    Group = conversation,
                    Messages = [],
                    Reply = "",
                    Tokens = [],
                    LogProbs = [],
                    Content = main.Content with
                    {
                        Net = 0,
                        Rank = other.Rank,
                        PartOf = main.CompletionId,
                        Others = [.. all.Where(reply => reply.CompletionId != other.CompletionId).OrderBy(reply => reply.CompletionId, StringComparer.Ordinal)],
                    },
                };
            }
        }
    }

    /// <summary>Erases in other conversations what belongs to the comparisons that have a reply of this one.</summary>
    private async Task<int> EraseElsewhereAsync(string reason, CancellationToken cancellationToken)
    {
        var own = (await ledger.ReadConversationAsync(Id, cancellationToken)).Where(entry => entry.Event.Subject == FeedbackKind.Comparison).Select(entry => entry.Event).ToList();
        var compared = own.Select(said => (RaterId.Of(said), said.Statement)).ToHashSet();
        var others = own.SelectMany(said => said.Content!.Others ?? [])
            .Select(reply => CompletionId.TryParse(reply.CompletionId, out var conversation, out _) ? conversation : Id)
            .Where(conversation => conversation != Id).Distinct();
        var erased = 0;
        foreach (var conversation in others)
        {
            var entries = await ledger.ReadConversationAsync(conversation, cancellationToken);
            long[] sequences = [.. entries.Where(entry => compared.Contains((RaterId.Of(entry.Event), entry.Event.Statement))).Select(entry => entry.Sequence)];
            if (sequences.Length > 0)
            {
                erased += await GrainFactory.Conversation(conversation).EraseComparedAsync([.. sequences], reason, cancellationToken);
            }
        }

        return erased;
    }
}
