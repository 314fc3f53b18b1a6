using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Chat;

/// <summary>Writes a completion as server-sent events, chunk by chunk, as OpenAI does.</summary>
internal sealed partial class CompletionStream(IOptions<JsonOptions> json, ILogger<CompletionStream> log)
{
    /// <summary>Writes until the end, or until the reader is gone.</summary>
    public async Task WriteAsync(Completion completion, HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // proxies would hold the tokens back
        try
        {
            await WriteChunksAsync(completion, http);
            await WriteEventAsync(http, "[DONE]"u8.ToArray());
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // the reader left; disposing the completion frees its places
        }
        catch (Exception error)
        {
            LogBroken(error, completion.Request.ConversationId);
            await WriteEventAsync(http, ErrorResponse.Body(Failure.Of(error, http)));
        }
    }

    private async Task WriteChunksAsync(Completion completion, HttpContext http)
    {
        foreach (var choice in completion.Choices)
        {
            await WriteEventAsync(http, completion.Chunk(Piece(choice, new DeltaBody(Role: "assistant", Content: ""))));
        }

        var drawn = 0;
        await foreach (var (choice, chunk) in MergedAsync(completion.Choices, http.RequestAborted))
        {
            drawn += chunk.Tokens.Length;
            var logProbs = completion.LogProbs(chunk.Tokens);
            if (chunk.Text.Length > 0 || logProbs is { Content.Count: > 0 })
            {
                await WriteEventAsync(http, completion.Chunk(Piece(choice, new DeltaBody(Content: chunk.Text), logProbs)));
            }

            if (chunk.FinishReason is { } finish)
            {
                await WriteEventAsync(http, completion.Chunk(Piece(choice, new DeltaBody(), finish: finish)));
            }
        }

        if (completion.Request.IncludeUsage)
        {
            await WriteEventAsync(http, completion.Chunk(null, new UsageBody(completion.Choices[0].First.PromptTokens, drawn)));
        }
    }

    private static ChunkChoiceBody Piece(Choice choice, DeltaBody delta, LogProbsBody? logProbs = null, string? finish = null) =>
        new(choice.Index, delta, logProbs, finish, choice.First.CompletionId);

    /// <summary>The choices' pieces as they come. The channel holds one: a slow reader slows the drawing, not the memory.</summary>
    private static async IAsyncEnumerable<(Choice Choice, ChatChunk Chunk)> MergedAsync(
        IReadOnlyList<Choice> choices, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (choices.Count == 1)
        {
            await foreach (var chunk in choices[0].ChunksAsync())
            {
                yield return (choices[0], chunk);
            }

            yield break;
        }

        var merged = Channel.CreateBounded<(Choice, ChatChunk)>(1);
        var copying = Task.WhenAll(choices.Select(CopyAsync));
        var ending = copying.ContinueWith(ended => merged.Writer.Complete(ended.Exception?.InnerException), TaskScheduler.Default);
        await foreach (var piece in merged.Reader.ReadAllAsync(cancellationToken))
        {
            yield return piece;
        }

        await ending;

        async Task CopyAsync(Choice choice)
        {
            await foreach (var chunk in choice.ChunksAsync())
            {
                await merged.Writer.WriteAsync((choice, chunk), cancellationToken);
            }
        }
    }

    private Task WriteEventAsync<T>(HttpContext http, T body) =>
        WriteEventAsync(http, JsonSerializer.SerializeToUtf8Bytes(body, json.Value.SerializerOptions));

    private static async Task WriteEventAsync(HttpContext http, byte[] data)
    {
        await http.Response.Body.WriteAsync((byte[])[.. "data: "u8, .. data, .. "\n\n"u8], http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A stream of conversation {Conversation} broke off")]
    private partial void LogBroken(Exception error, string conversation);
}
