using System.Text;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Storage;

namespace Rlhf.Grains.Chat;

/// <summary>What helps to judge the conversation's replies: how unsure the reward model is of one, and another reply to its prompt.</summary>
public sealed partial class ConversationGrain
{
    /// <inheritdoc/>
    public async Task<Suggestion> SuggestAsync(SuggestionRequest request, CancellationToken cancellationToken = default)
    {
        BeginOrMove();
        try
        {
            var author = request.Author with { Annotator = request.Author.Annotator || IsKnownTo(request.Author.Client) }; // whoever may read the conversation
            var turn = await FindJudgedAsync(request.Number, author, cancellationToken);
            var version = catalog.Current.Live;
            var bestOf = request.BestOf > 1 && request.Sampling.Temperature != 0 && await ScoresAsync(version) ? request.BestOf : 1;
            try
            {
                return await DrawAsync(turn, version, bestOf, request, cancellationToken);
            }
            catch (RefusedException refused) when (bestOf > 1 && refused is { Refusal: Refusal.Unavailable, Param: "best_of" })
            {
                return await DrawAsync(turn, version, 1, request, cancellationToken); // whoever scores has gone meanwhile
            }
        }
        finally
        {
            replies.End();
        }
    }

    /// <inheritdoc/>
    public async Task<double?> DisagreementAsync(int number, CancellationToken cancellationToken = default)
    {
        try
        {
            return await turns.FindAsync(Id, number, cancellationToken) is { } turn && turn.Version != ModelCatalog.Base
                ? await rewards.DisagreementAsync(turn.Version, turn.Messages, turn.Reply, cancellationToken)
                : null;
        }
        catch (Exception error) when (error is StorageException or RefusedException { Refusal: Refusal.Unavailable or Refusal.NotFound })
        {
            return null;
        }
    }

    private async Task<bool> ScoresAsync(string version)
    {
        try
        {
            return version != ModelCatalog.Base && await rewards.HasAsync(version);
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private async Task<Suggestion> DrawAsync(Turn turn, string version, int bestOf, SuggestionRequest request, CancellationToken cancellationToken)
    {
        var decoding = new DecodeRequest(version, turn.Messages, request.Sampling, $"suggestions {request.Author.Client}", bestOf);
        var text = new StringBuilder();
        var (tokens, last) = (0, (DecodedPiece?)null);
        await foreach (var piece in moderators.DrawAsync(turn.Messages, () => replica.DrawAsync(decoding, cancellationToken), request.Sampling.Stop, cancellationToken))
        {
            text.Append(piece.Text);
            tokens += piece.Tokens.Length;
            last = piece;
        }

        return new Suggestion(version, text.ToString(), last?.FinishReason ?? "", last?.PromptTokens ?? 0, tokens, last?.ChosenFrom);
    }
}
