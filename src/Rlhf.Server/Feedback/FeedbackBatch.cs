using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>Several pieces of feedback in one request. Each is recorded or refused by itself; those on one conversation are recorded in their order.</summary>
internal static class FeedbackBatch
{
    private const int AtOnce = 16;

    /// <summary>Records the good ones.</summary>
    /// <returns>What became of each, in the pieces' order.</returns>
    public static async Task<IReadOnlyList<object>> GiveAsync(IReadOnlyList<JsonElement> items, FeedbackDesk desk, HttpContext http, string? key)
    {
        var results = new object[items.Count];
        var read = new List<(int Index, FeedbackRequest Body)>();
        foreach (var (index, item) in items.Index())
        {
            try
            {
                read.Add((index, RequestContract.Read<FeedbackRequest>(item)));
            }
            catch (Exception error) when (error is RefusedException or FailureException)
            {
                results[index] = ErrorResponse.Body(Failure.Of(error, http));
            }
        }

        var conversations = read.GroupBy(piece => piece.Body.ConversationId ?? (CompletionId.TryParse(piece.Body.CompletionId, out var conversation, out _) ? conversation : ""));
        await Parallel.ForEachAsync(conversations, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = http.RequestAborted }, async (pieces, cancellation) =>
        {
            foreach (var (index, body) in pieces)
            {
                try
                {
                    results[index] = FeedbackBody.Of(await desk.GiveAsync(body, Caller.Of(http), key, index, cancellation), Caller.Of(http).SeesVersions);
                }
                catch (Exception error) when (!http.RequestAborted.IsCancellationRequested && !Failure.Of(error, http).IsOurs) // ours is told and logged as that of the whole
                {
                    results[index] = ErrorResponse.Body(Failure.Of(error, http));
                }
            }
        });
        return results;
    }
}
