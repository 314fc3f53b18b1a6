using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Rlhf.Contracts;
using Rlhf.Server.Chat;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>Replies to start a correction from.</summary>
internal static class SuggestionEndpoints
{
    public static void MapSuggestions(this WebApplication app) =>
        app.MapPost("/v1/suggestions", SuggestAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "createSuggestion", "Draws another reply to a reply's prompt, to start a correction from: the live version's, the best of several where it has a reward model. It is stored nowhere.")
            .MayRefuse(404);

    private static async Task<Ok<SuggestionBody>> SuggestAsync(
        RequestBody<SuggestionRequestBody> request, HttpContext http, FeedbackDesk desk, TokenBudgets budgets, IOptions<ChatOptions> chat, IOptions<DraftOptions> drafts)
    {
        var body = await request.ReadAsync();
        var sampling = new SamplingSettings(
            body.Temperature ?? chat.Value.Temperature, TopP: 1, TopK: 0, body.Seed, body.MaxCompletionTokens ?? chat.Value.MaxTokens, Stop: []);
        var bestOf = Math.Min(drafts.Value.SuggestionBestOf, chat.Value.MaxChoices);
        var (tokens, used) = (budgets.Take(http, (long)sampling.MaxTokens * bestOf), 0);
        try
        {
            var suggested = await desk.SuggestAsync(body.CompletionId, sampling, bestOf, Caller.Of(http), http.RequestAborted);
            used = suggested.PromptTokens + (suggested.ChosenFrom?.Tokens ?? suggested.Tokens);
            return TypedResults.Ok(SuggestionBody.Of(body.CompletionId, suggested));
        }
        finally
        {
            tokens.Settle(used);
        }
    }
}

/// <summary>Asks for a reply to start a correction from.</summary>
[Closed]
internal sealed record SuggestionRequestBody
{
    /// <summary>The completion that is to be corrected.</summary>
    [MinLength(1), MaxLength(2 * RequestLimits.Name)]
    public required string CompletionId { get; init; }

    /// <summary>The sampling temperature; <c>Chat:Temperature</c> where it is missing.</summary>
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    /// <summary>The same seed suggests the same.</summary>
    public long? Seed { get; init; }

    /// <summary>The most tokens; <c>Chat:MaxTokens</c> where it is missing.</summary>
    [Range(1, int.MaxValue)]
    public int? MaxCompletionTokens { get; init; }
}

/// <summary>A reply that is stored nowhere, so that it has no id.</summary>
internal sealed record SuggestionBody(
    string Object,
    string CompletionId,
    string Reply,
    string FinishReason,
    string ModelVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DrawnReplies)
{
    public static SuggestionBody Of(string completionId, Suggestion suggestion) =>
        new("suggestion", completionId, suggestion.Text, suggestion.FinishReason, suggestion.Version, suggestion.ChosenFrom?.Replies);
}
