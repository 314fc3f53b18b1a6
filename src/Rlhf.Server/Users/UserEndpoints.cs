using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Rlhf.Server.Chat;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Rlhf.Server.Users;

/// <summary>All of a person's data: as a file, or gone.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this WebApplication app)
    {
        app.MapGet("/v1/users/{user}", ExportAsync).RequireAuthorization(KeyPolicies.Privacy).AddEndpointFilter<AuditFilter>()
            .Describe("Users", "exportUser", "Sends all that is kept of a user as one file: conversations, feedback on them, and feedback that the user gave.").MayRefuse(400);
        app.MapDelete("/v1/users/{user}", DeleteAsync).RequireAuthorization(KeyPolicies.Privacy).AddEndpointFilter<AuditFilter>()
            .Describe("Users", "deleteUser", "Erases all that is kept of a user; the answer comes when it is gone. It may be asked for again.").MayRefuse(400, 507);
    }

    private static async Task<Results<Ok<UserFileBody>, EmptyHttpResult>> ExportAsync(
        [Description("The user's name, percent-encoded.")] string user, [FromQuery, Description(ClientScope.Description)] string? client,
        HttpContext http, UserRecords records, IOptions<JsonOptions> json, TimeProvider time)
    {
        var (name, whose, ended, sees) = (UserName.Of(http), ClientScope.Of(http, client), http.RequestAborted, Caller.Of(http).SeesVersions);
        var conversations = await records.ConversationsAsync(whose, name, ended).ToListAsync(ended);
        var standing = await records.StandingAsync(whose, name, ended);
        var options = json.Value.SerializerOptions;
        using var file = new MemoryStream(); // sent when it is whole: what can't be read is told in its place, not behind a part of it
        await using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Encoder = options.Encoder });
        writer.WriteStartObject();
        writer.WriteString("user", name);
        writer.WriteString("client", whose);
        writer.WriteString("exported_at", time.GetUtcNow());
        writer.WriteStartArray("conversations");
        foreach (var conversation in conversations)
        {
            if (await records.ReadAsync(whose, name, conversation.Id, ended) is { } stored)
            {
                var feedback = await records.FeedbackOnAsync(conversation.Id, ended);
                JsonSerializer.Serialize(
                    writer,
                    new UserConversationBody(conversation.Id, conversation.OpenedAt, ConversationBody.Of(stored, sees).Turns, [.. feedback.Select(entry => UserFeedbackBody.Of(entry.Event, sees))]),
                    options);
                await writer.FlushAsync(ended);
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("feedback_given");
        await foreach (var entry in records.FeedbackOfAsync(whose, name, ended))
        {
            JsonSerializer.Serialize(writer, UserFeedbackBody.Of(entry.Event, sees), options);
            await writer.FlushAsync(ended);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("rater");
        JsonSerializer.Serialize(writer, new RaterBody(standing?.Likes ?? 0, standing?.Dislikes ?? 0, standing?.Retracted ?? 0, standing?.Quarantine?.Reason), options);
        writer.WriteEndObject();
        await writer.FlushAsync(ended);
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"user.json\"";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.Body.WriteAsync(file.GetBuffer().AsMemory(0, (int)file.Length), ended);
        return TypedResults.Empty;
    }

    private static async Task<Ok<UserDeletedBody>> DeleteAsync(
        [Description("The user's name, percent-encoded.")] string user, [FromQuery, Description(ClientScope.Description)] string? client, HttpContext http, UserRecords records) =>
        TypedResults.Ok(await records.EraseAsync(ClientScope.Of(http, client), UserName.Of(http), http.RequestAborted));
}
