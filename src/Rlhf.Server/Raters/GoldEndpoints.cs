using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;
using Rlhf.Storage;

namespace Rlhf.Server.Raters;

/// <summary>Gold questions: replies whose judgement is known, which are put to raters among others.</summary>
internal static class GoldEndpoints
{
    private const string Tag = "Raters";

    public static void MapGold(this WebApplication app)
    {
        app.MapPost("/v1/gold", AddAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "createGold", "Keeps a reply whose judgement is known; raters are asked for theirs by its completion_id.").MayRefuse(409, 507);
        app.MapGet("/v1/gold", ListAsync).RequireAuthorization(KeyPolicies.Operate)
            .Describe(Tag, "listGold", "Lists the gold questions.");
        app.MapDelete("/v1/gold/{id}", DeleteAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "deleteGold", "Forgets a gold question; what raters said of it is ordinary feedback from then on.").MayRefuse(404, 507);
        app.MapGet("/v1/gold/next", NextAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe(Tag, "nextGold", "A gold question that the rater has not answered, to be shown among other replies; the answer goes to POST /v1/feedback.").MayRefuse(400, 404);
    }

    private static async Task<Ok<GoldBody>> AddAsync(
        RequestBody<GoldRequest> body, IGrainFactory grains, CatalogCache catalog, ITurnStore turns, TimeProvider time, CancellationToken cancellationToken)
    {
        var gold = await body.ReadAsync();
        var conversation = Guid.CreateVersion7().ToString("N"); // like any other: nobody tells a gold question by its id
        var turn = new Turn(conversation, 1, GoldQuestion.Version, gold.ToMessages(), gold.Reply, [], [], Temperature: 0, "stop", time.GetUtcNow());
        await turns.AppendAsync(turn, cancellationToken);
        var question = new GoldQuestion(CompletionId.Of(conversation, turn.Number), gold.Expected == "up");
        await RaterEndpoints.Raters(grains, catalog).AddGoldAsync(question, cancellationToken);
        return TypedResults.Ok(GoldBody.Of(question));
    }

    private static async Task<Ok<GoldListBody>> ListAsync(IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken) =>
        TypedResults.Ok(new GoldListBody("list", [.. (await RaterEndpoints.Raters(grains, catalog).GetGoldAsync(cancellationToken)).Select(GoldBody.Of)]));

    private static async Task<Ok<GoldDeletedBody>> DeleteAsync(string id, IGrainFactory grains, CatalogCache catalog, ITurnStore turns, CancellationToken cancellationToken)
    {
        if (!await RaterEndpoints.Raters(grains, catalog).RemoveGoldAsync(id, cancellationToken))
        {
            throw new RefusedException(Refusal.NotFound, $"There is no gold question '{id}'.", "id");
        }

        CompletionId.TryParse(id, out var conversation, out _);
        await turns.DeleteAsync(conversation!, cancellationToken);
        return TypedResults.Ok(new GoldDeletedBody(id, "gold.deleted", Deleted: true));
    }

    private static async Task<Ok<NextGoldBody>> NextAsync(
        [FromQuery, Required, MaxLength(RequestLimits.Name), Description("Who is to be asked.")] string? rater, HttpContext http, IGrainFactory grains, CatalogCache catalog, ITurnStore turns)
    {
        if (!Names.AreGood(rater))
        {
            throw Refuse.Invalid($"'rater' must be {Names.Rule}.", "rater");
        }

        var raters = RaterEndpoints.Raters(grains, catalog);
        while (await raters.NextGoldAsync(RaterId.Of(Caller.Of(http).Client, rater!), http.RequestAborted) is { } question)
        {
            CompletionId.TryParse(question.CompletionId, out var conversation, out var number);
            if (await turns.FindAsync(conversation!, number, http.RequestAborted) is { } turn)
            {
                return TypedResults.Ok(new NextGoldBody(question.CompletionId, [.. turn.Messages.Select(message => new GoldMessageBody(message.Role, message.Content))], turn.Reply));
            }

            await raters.RemoveGoldAsync(question.CompletionId, http.RequestAborted); // its turn is older than is kept (Retention:Turns), or was deleted
        }

        throw new RefusedException(Refusal.NotFound, $"There is no gold question that rater '{rater}' has not answered.", "rater");
    }
}

/// <summary>A reply whose judgement is known.</summary>
[Closed]
internal sealed record GoldRequest
{
    /// <summary>The dialogue before the reply; either this or <c>prompt</c>.</summary>
    [MinLength(1), MaxLength(RequestLimits.Messages)]
    public IReadOnlyList<RequestMessage>? Messages { get; init; }

    /// <summary>What a user said, where that is all of the dialogue.</summary>
    [MinLength(1), MaxLength(RequestLimits.Text)]
    public string? Prompt { get; init; }

    /// <summary>The reply.</summary>
    [MinLength(1), MaxLength(RequestLimits.Text)]
    public required string Reply { get; init; }

    /// <summary>What a good rater says of it.</summary>
    [AllowedValues("up", "down")]
    public required string Expected { get; init; }

    /// <summary>The dialogue as it is stored.</summary>
    public ImmutableArray<ChatMessage> ToMessages() => (Messages, Prompt) switch
    {
        ({ } messages, null) => RequestMessage.ToChat(messages),
        (null, { } prompt) => [new ChatMessage("user", prompt)],
        _ => throw Refuse.Invalid("Exactly one of 'messages' and 'prompt' must be given.", "messages"),
    };
}

/// <summary>A gold question as it is kept.</summary>
internal sealed record GoldBody(string CompletionId, string Expected)
{
    public static GoldBody Of(GoldQuestion question) => new(question.CompletionId, question.Up ? "up" : "down");
}

/// <summary>The gold questions.</summary>
internal sealed record GoldListBody(string Object, IReadOnlyList<GoldBody> Data);

/// <summary>A gold question as a rater sees it: a reply like others.</summary>
internal sealed record NextGoldBody(string CompletionId, IReadOnlyList<GoldMessageBody> Messages, string Reply);

/// <summary>A message of its dialogue.</summary>
internal sealed record GoldMessageBody(string Role, string Content);

/// <summary>Says that a gold question is forgotten.</summary>
internal sealed record GoldDeletedBody(string Id, string Object, bool Deleted);
