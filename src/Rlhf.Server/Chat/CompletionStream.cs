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
    public async Task WriteAsync(Completion completion, HttpContext http, ChatTrace trace)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // proxies would hold the tokens back
        await using var events = new EventWriter(http.Response.BodyWriter, json.Value.SerializerOptions);
        try
        {
            await WriteChunksAsync(completion, events, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // the reader left; disposing the completion frees its places
        }
        catch (Exception error)
        {
            LogBroken(error);
            var failure = Failure.Of(error, http);
            trace.Failed(failure);
            events.Write(ErrorResponse.Body(failure));
            await events.FlushAsync(http.RequestAborted);
        }
    }

    /// <summary>What comes together is sent together: the roles with the first tokens, and everything after the last.</summary>
    private static async Task WriteChunksAsync(Completion completion, EventWriter events, CancellationToken cancellationToken)
    {
        // Where tools may be called there may be no text at all.
        var role = new DeltaBody(Role: "assistant", Content: completion.Request.Chat.Sampling.Tools is null ? "" : null);
        await WriteChunksAsync(completion, [.. completion.Choices], role, events, ends: !completion.MayDraft, cancellationToken);
        if (completion.MayDraft)
        {
            if (await completion.SecondDraftAsync(cancellationToken) is { } second)
            {
                await WriteChunksAsync(completion, [second], role, events, ends: true, cancellationToken);
            }
            else
            {
                WriteEnd(completion, events);
                await events.FlushAsync(cancellationToken);
            }
        }
    }

    private static async Task WriteChunksAsync(
        Completion completion, IReadOnlyList<Choice> choices, DeltaBody role, EventWriter events, bool ends, CancellationToken cancellationToken)
    {
        foreach (var choice in choices)
        {
            events.Write(completion.Chunk(Piece(completion, choice, role)));
        }

        var unfinished = choices.Count;
        await foreach (var (choice, chunk) in MergedAsync(choices, cancellationToken))
        {
            var logProbs = completion.LogProbs(chunk.Tokens);
            if (chunk.Text.Length > 0 || (logProbs is { Content.Count: > 0 } && chunk.ToolCalls is null))
            {
                events.Write(completion.Chunk(Piece(completion, choice, new DeltaBody(Content: chunk.Text), logProbs)));
                logProbs = null;
            }

            foreach (var call in chunk.ToolCalls ?? [])
            {
                events.Write(completion.Chunk(Piece(completion, choice, DeltaBody.Of(call), logProbs)));
                logProbs = null;
            }

            if (chunk.FinishReason is { } finish)
            {
                events.Write(completion.Chunk(Piece(completion, choice, new DeltaBody(), finish: finish), unsaved: chunk.Unsaved));
                if (--unfinished == 0 && ends)
                {
                    WriteEnd(completion, events);
                }
            }

            await events.FlushAsync(cancellationToken);
        }
    }

    private static void WriteEnd(Completion completion, EventWriter events)
    {
        if (completion.Request.IncludeUsage)
        {
            events.Write(completion.Chunk(null, completion.Usage));
        }

        events.WriteDone();
    }

    private static ChunkChoiceBody Piece(Completion completion, Choice choice, DeltaBody delta, LogProbsBody? logProbs = null, string? finish = null) =>
        new(choice.Index, delta, logProbs, finish, choice.First.CompletionId, completion.VersionOf(choice));

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "A stream broke off")]
    private partial void LogBroken(Exception error);
}
