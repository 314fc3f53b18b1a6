using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Versions;
using Rlhf.Server.Errors;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>Chatting.</summary>
internal static class ChatEndpoints
{
    private const string SiloHeader = "x-rlhf-silo";

    public static void MapChat(this WebApplication app)
    {
        app.MapPost("/v1/chat/completions", CompleteAsync).RequireAuthorization(KeyPolicies.Chat)
            .Describe("Chat", "createChatCompletion", "Answers a dialogue, whole or as server-sent events, the last of which is [DONE].").MayStream<ChunkBody>().MayRefuse(404, 409, 507);
    }

    private static async Task<Results<Ok<CompletionBody>, EmptyHttpResult>> CompleteAsync(
        RequestBody<ChatCompletionRequest> body, HttpContext http, IGrainFactory grains, LiveSilos silos, CatalogCache catalog, Drafting drafting, CompletionStream stream, TokenBudgets budgets, IOptions<ChatOptions> options, TimeProvider time)
    {
        var request = CompletionRequest.Of(await body.ReadAsync(), options.Value, Caller.Of(http).Client);
        request.Model.RequireServed(catalog.Current);
        using var trace = ChatTrace.Begin(request);
        var (tokens, used) = (budgets.Take(http, request.MostTokens), 0);
        try
        {
            await using var completion = await Completion.OpenAsync(grains, silos, request, drafting, Caller.Of(http).SeesVersions, time.GetUtcNow(), http.RequestAborted);
            try
            {
                trace.Opened(completion);
                NameSilo(http, completion);
                if (!request.Stream)
                {
                    return TypedResults.Ok(await completion.ToBodyAsync(http.RequestAborted));
                }

                await stream.WriteAsync(completion, http, trace);
                return TypedResults.Empty;
            }
            finally
            {
                used = completion.Usage.ChargedTokens; // of a stream that its reader left, too
            }
        }
        catch (Exception error) when (!http.RequestAborted.IsCancellationRequested)
        {
            trace.Failed(Failure.Of(error, http));
            throw;
        }
        finally
        {
            tokens.Settle(used);
        }
    }

    /// <summary>Which silo answers concerns those who run the server, and nobody else.</summary>
    private static void NameSilo(HttpContext http, Completion completion)
    {
        if (completion.Silo is { } silo && (http.User.IsInRole(KeyPolicies.Operate) || http.User.IsInRole(KeyPolicies.Watch)))
        {
            http.Response.Headers[SiloHeader] = silo;
        }
    }
}
