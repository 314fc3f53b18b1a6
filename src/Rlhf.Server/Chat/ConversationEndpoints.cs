using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Server.Errors;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys;
using Rlhf.Server.Learner;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;
using Rlhf.Server.Users;
using Rlhf.Storage;

namespace Rlhf.Server.Chat;

/// <summary>Conversations as they are stored: one, a user's, or none of it any more.</summary>
internal static class ConversationEndpoints
{
    private const int MostListed = 100;
    private const int Listed = 20;

    public static void MapConversations(this WebApplication app)
    {
        app.MapGet("/v1/conversations", ListAsync).RequireAuthorization(KeyPolicies.Privacy)
            .Describe("Chat", "listConversations", "Lists the conversations that a user opened, newest first.").MayRefuse(400);
        app.MapGet("/v1/conversations/{id}", GetAsync).RequireAuthorization(KeyPolicies.Privacy)
            .Describe("Chat", "getConversation", "Shows a conversation as it is stored.").MayRefuse(404);
        app.MapDelete("/v1/conversations/{id}", DeleteAsync).RequireAuthorization(KeyPolicies.Privacy).AddEndpointFilter<AuditFilter>()
            .Describe("Chat", "deleteConversation", "Erases a conversation: its turns, whose it is, and the feedback on it. The answer comes when it is gone.").MayRefuse(404, 507);
    }

    private static async Task<Ok<ConversationBody>> GetAsync(string id, HttpContext http, IGrainFactory grains, LiveSilos silos)
    {
        var client = http.User.IsInRole(KeyPolicies.Operate) ? null : Caller.Of(http).Client; // an operator may read anybody's
        var conversation = ConversationName.IsGood(id) ? await silos.AskAsync(cancellation => grains.Conversation(id).GetAsync(cancellation), http.RequestAborted) : null;
        return conversation is not null && (client is null || client == conversation.Client) ? TypedResults.Ok(ConversationBody.Of(conversation, Caller.Of(http).SeesVersions)) : throw Unknown(id);
    }

    private static async Task<Ok<ConversationListBody>> ListAsync(
        [FromQuery, Required, MaxLength(RequestLimits.Name), Description("Who opened them.")] string? user,
        [FromQuery, Range(1, MostListed), Description("The most to list; 20 where it is missing.")] string? limit,
        [FromQuery, MaxLength(RequestLimits.Name), Description("The id of the conversation that they come after: the last one of the page before.")] string? after,
        [FromQuery, Description(ClientScope.Description)] string? client,
        HttpContext http,
        IConversationIndex index)
    {
        var (whose, name, most) = (ClientScope.Of(http, client), UserName.Require(user), LimitOf(limit));
        var page = await index.PageAsync(whose, name, most, after, http.RequestAborted)
            ?? throw Refuse.Invalid("'after' must be a conversation of the user; it may have been deleted since. List anew without it.", "after");
        ConversationItemBody[] data = [.. page.Conversations.Select(conversation => new ConversationItemBody(conversation.Id, "conversation", conversation.OpenedAt.ToUnixTimeSeconds(), name))];
        return TypedResults.Ok(new ConversationListBody("list", data, data.FirstOrDefault()?.Id, data.LastOrDefault()?.Id, page.HasMore));
    }

    private static async Task<Ok<ConversationDeletedBody>> DeleteAsync(string id, HttpContext http, IGrainFactory grains, LiveSilos silos, TrainingErasure training)
    {
        // An operator may erase anybody's.
        var request = new ConversationErasure(Erasure.OfConversation, http.User.IsInRole(KeyPolicies.Operate) ? null : Caller.Of(http).Client);
        var erased = ConversationName.IsGood(id) ? await silos.AskAsync(cancellation => grains.Conversation(id).EraseAsync(request, cancellation), http.RequestAborted) : null;
        if (erased is null)
        {
            throw Unknown(id);
        }

        await training.ForgetAsync();
        return TypedResults.Ok(new ConversationDeletedBody(id, "conversation.deleted", Deleted: true, erased.Turns, erased.Feedback));
    }

    private static RefusedException Unknown(string id) => new(Refusal.NotFound, $"There is no conversation '{id}'.", "id");

    private static int LimitOf(string? limit) => limit is null ? Listed
        : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most is >= 1 and <= MostListed ? most
        : throw Refuse.Invalid($"'limit' must be a whole number from 1 to {MostListed}, not '{limit}'.", "limit");
}

/// <summary>Conversations, in the shape of OpenAI's lists.</summary>
internal sealed record ConversationListBody(string Object, IReadOnlyList<ConversationItemBody> Data, string? FirstId, string? LastId, bool HasMore);

/// <summary>A conversation in a list.</summary>
internal sealed record ConversationItemBody(string Id, string Object, long CreatedAt, string User);

/// <summary>Says what of a conversation is gone.</summary>
internal sealed record ConversationDeletedBody(string Id, string Object, bool Deleted, int Turns, int Feedback);
