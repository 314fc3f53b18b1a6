using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Feedback.Shapes;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys;
using Rlhf.Storage;

namespace Rlhf.Server.Feedback;

/// <summary>Takes feedback to the conversations that it is on. An event's id is the same however often it is asked for, so that it's recorded once.</summary>
internal sealed class FeedbackDesk(IGrainFactory grains, LiveSilos silos, IOptions<FeedbackOptions> options)
{
    /// <summary>Records what a request says.</summary>
    /// <param name="body">The request.</param>
    /// <param name="caller">Who sends it.</param>
    /// <param name="key">The request's name; null where it has none.</param>
    /// <param name="item">In a batch: which of its pieces.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="addsLabels">Whether labels are added to those that the rater gave before; otherwise they take their place.</param>
    public Task<FeedbackReceipt> GiveAsync(FeedbackRequest body, Caller caller, string? key, int? item, CancellationToken cancellationToken, bool addsLabels = false)
    {
        var (kind, content) = body.Read(options.Value);
        var (conversation, number) = Subject(body.CompletionId, body.ConversationId);
        return GiveAsync(conversation, number, body.Rater, kind, body.Thumbs is null ? null : body.Thumbs == "up", content, body.Comment, [.. body.Tags ?? []], caller, key, item, addsLabels && kind == FeedbackKind.Labels, cancellationToken);
    }

    /// <summary>Takes back what a rater said.</summary>
    /// <param name="completionId">The completion; null where it is the whole conversation.</param>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="rater">Who said it.</param>
    /// <param name="kind">What kind it was.</param>
    /// <param name="signal">Of signals: which.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="key">The request's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<FeedbackReceipt> TakeBackAsync(
        string? completionId, string? conversationId, string rater, FeedbackKind kind, string? signal, Caller caller, string? key, CancellationToken cancellationToken)
    {
        var (conversation, number) = Subject(completionId, conversationId);
        var content = kind == FeedbackKind.Thumbs ? null : new FeedbackContent { Retracts = kind, Signal = signal };
        return GiveAsync(conversation, number, rater, FeedbackKind.Retraction, up: null, content, comment: null, [], caller, key, item: null, addsLabels: false, cancellationToken);
    }

    /// <summary>Looks whether a request's subject is there and its rater may judge it; records nothing.</summary>
    public async Task CheckAsync(FeedbackRequest body, Caller caller, CancellationToken cancellationToken)
    {
        _ = body.Read(options.Value);
        var (conversation, number) = Subject(body.CompletionId, body.ConversationId);
        number ??= await ReadAsync(conversation, caller, cancellationToken) is { Turns: [.., var last] } ? last.Number
            : throw new RefusedException(Refusal.NotFound, $"There is no conversation '{conversation}' with a reply that could be rated.", "conversation_id");
        await silos.AskAsync(cancellation => grains.Conversation(conversation).FindJudgedAsync(number.Value, AuthorOf(caller, body.Rater), cancellation), cancellationToken);
    }

    /// <summary>Who opened a conversation; null where nobody is known, or the conversation isn't the caller's to read.</summary>
    public async Task<string?> OwnerAsync(string conversation, Caller caller, CancellationToken cancellationToken) => (await ReadAsync(conversation, caller, cancellationToken))?.Owner;

    /// <summary>A score as it stands; null where there is none.</summary>
    public async Task<FeedbackReceipt?> FindAsync(ScoreId score, Caller caller, CancellationToken cancellationToken) =>
        (await ReadAsync(score.ConversationId, caller, cancellationToken))?.Feedback is { IsDefault: false } said ? said.FirstOrDefault(score.IsOf) : null;

    /// <summary>Takes a score back. Of several labels the others stay.</summary>
    public Task<FeedbackReceipt> TakeBackAsync(ScoreId score, FeedbackReceipt standing, Caller caller, CancellationToken cancellationToken)
    {
        var (conversation, number) = Subject(score.CompletionId, score.CompletionId is null ? score.ConversationId : null);
        return standing.Content?.Labels is { Length: > 1 } labels
            ? GiveAsync(
                conversation, number, score.Rater, FeedbackKind.Labels, up: null, new FeedbackContent { Labels = [.. labels.Where(label => label.Question != score.Part)] },
                standing.Comment, standing.Tags, caller, key: null, item: null, addsLabels: false, cancellationToken)
            : TakeBackAsync(score.CompletionId, score.CompletionId is null ? score.ConversationId : null, score.Rater, score.Kind, score.Kind == FeedbackKind.Signal ? score.Part : null, caller, key: null, cancellationToken);
    }

    /// <summary>Records a comparison, or takes it back.</summary>
    public Task<FeedbackReceipt> CompareAsync(
        ImmutableArray<ImmutableArray<string>> ranking, bool retracts, string rater, string? comment, ImmutableArray<string> tags, Caller caller, string? key, CancellationToken cancellationToken)
    {
        CompletionId.TryParse(ComparisonStatement.OwnerOf(ranking.SelectMany(tied => tied)), out var conversation, out _);
        var statement = new ComparisonStatement(
            IdempotencyKey.EventIdOf(caller.Client, rater, key), ranking, retracts, AuthorOf(caller, rater), comment, tags, IdempotencyKey.IsNamed(key));
        return silos.AskAsync(cancellation => grains.Conversation(conversation!).CompareAsync(statement, cancellation), cancellationToken);
    }

    /// <summary>Draws another reply to a completion's prompt.</summary>
    public Task<Suggestion> SuggestAsync(string completionId, SamplingSettings sampling, int bestOf, Caller caller, CancellationToken cancellationToken)
    {
        var (conversation, number) = Subject(completionId, conversationId: null);
        return silos.AskAsync(
            cancellation => grains.Conversation(conversation).SuggestAsync(new SuggestionRequest(number!.Value, AuthorOf(caller, rater: ""), sampling, bestOf), cancellation), cancellationToken);
    }

    /// <summary>Whether an id has the form of a completion's.</summary>
    public static bool IsCompletion(string id) => CompletionId.TryParse(id, out var conversation, out _) && ConversationName.IsGood(conversation);

    private Task<FeedbackReceipt> GiveAsync(
        string conversation, int? number, string rater, FeedbackKind kind, bool? up, FeedbackContent? content, string? comment, ImmutableArray<string> tags,
        Caller caller, string? key, int? item, bool addsLabels, CancellationToken cancellationToken)
    {
        var statement = new FeedbackStatement(
            IdempotencyKey.EventIdOf(caller.Client, rater, key, item), number, AuthorOf(caller, rater), kind, up, content, comment, tags, IdempotencyKey.IsNamed(key), addsLabels);
        return silos.AskAsync(cancellation => grains.Conversation(conversation).GiveAsync(statement, cancellation), cancellationToken);
    }

    private async Task<Conversation?> ReadAsync(string conversation, Caller caller, CancellationToken cancellationToken) =>
        ConversationName.IsGood(conversation) && await silos.AskAsync(cancellation => grains.Conversation(conversation).GetAsync(cancellation), cancellationToken) is { } read
        && (caller.Client is null || caller.Client == read.Client || caller.Roles.HasFlag(KeyRoles.Rate)) ? read : null;

    private static FeedbackAuthor AuthorOf(Caller caller, string rater) =>
        caller.KeyId is null ? new FeedbackAuthor(rater) : new FeedbackAuthor(rater, caller.Client, caller.Roles.HasFlag(KeyRoles.Rate));

    private static (string Conversation, int? Number) Subject(string? completionId, string? conversationId)
    {
        if (completionId is null == conversationId is null)
        {
            throw Refuse.Invalid("Feedback is on a completion or on a whole conversation: exactly one of 'completion_id' and 'conversation_id' must be given.", "completion_id");
        }

        if (completionId is null)
        {
            return ConversationName.IsGood(conversationId!)
                ? (conversationId!, null)
                : throw new RefusedException(Refusal.NotFound, $"There is no conversation '{conversationId}'; a chat's answer has its id in 'conversation_id'.", "conversation_id");
        }

        return CompletionId.TryParse(completionId, out var conversation, out var number) && ConversationName.IsGood(conversation)
            ? (conversation, number)
            : throw new RefusedException(Refusal.NotFound, $"There is no completion '{completionId}'; a completion's id is in its 'id' field and looks like chatcmpl-…-1.", "completion_id");
    }
}
