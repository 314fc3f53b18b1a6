using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>A request in the engine's terms, and the engine's tokens as pieces of a reply.</summary>
internal sealed class Drawing
{
    private readonly BaseModel _model;
    private readonly int[] _prompt;
    private readonly ReplyFormat? _format;
    private readonly ToolFormat? _tools;

    /// <exception cref="RefusedException">The newest message does not fit, the model's chat template refuses the dialogue or has no place for tools, a bias is for
    /// no token, or the format can't be drawn.</exception>
    public Drawing(BaseModel model, DecodeRequest request)
    {
        _model = model;
        Request = request;
        RequireKnown(request.Sampling.LogitBias);
        RequireToolsShown();
        _tools = request.Sampling.Tools is null ? null : model.Template.Tools;
        _format = Format();
        _prompt = Prompt.Fit(model, request.Messages, request.Sampling.MaxTokens);
    }

    public DecodeRequest Request { get; }

    /// <summary>Where a reply's text gathers.</summary>
    public ReplyText Text() => new(_model.Tokenizer, Request.Sampling.Stop, _tools, Request.Sampling.Tools?.Required is true);

    /// <summary>What the engine is asked for.</summary>
    /// <param name="seed">The reply's seed; a fresh one where there is none.</param>
    public GenerationRequest Generation(ulong? seed) => new()
    {
        Version = Request.Version,
        Prompt = _prompt,
        Sampling = new SamplingOptions
        {
            Temperature = Request.Sampling.Temperature,
            TopP = Request.Sampling.TopP,
            TopK = Request.Sampling.TopK,
            Seed = seed,
            LogitBias = Request.Sampling.LogitBias,
            FrequencyPenalty = Request.Sampling.FrequencyPenalty,
            PresencePenalty = Request.Sampling.PresencePenalty,
            TopLogProbs = Request.Sampling.TopLogProbs,
        },
        MaxTokens = Math.Min(Request.Sampling.MaxTokens, _model.Config.ContextLength - _prompt.Length),
        Stop = Request.Sampling.Stop,
        Format = _format,
        Client = Request.Client,
    };

    /// <summary>What tokens add to a reply. A reader who is slower than the engine gets several at once, and so catches up.</summary>
    public DecodedPiece Piece(IReadOnlyList<DecodedToken> drawn, ReplyText text)
    {
        var certain = "";
        var tokens = ImmutableArray.CreateBuilder<SampledToken>(drawn.Count);
        FinishReason? finish = null;
        for (var i = 0; i < drawn.Count && finish is null; i++)
        {
            certain += text.Append(drawn[i].Id);
            tokens.Add(new SampledToken(drawn[i].Id, _model.Tokenizer.Decode([drawn[i].Id]), drawn[i].LogProb, Likeliest(drawn[i])));
            finish = drawn[i].Finish ?? (text.Stopped ? FinishReason.Stop : null);
        }

        certain += finish is null ? "" : text.Finish();
        var (said, calls) = text.Read(certain, ends: finish is not null);
        return new DecodedPiece(
            certain,
            said,
            tokens.ToImmutable(),
            _prompt.Length,
            finish is FinishReason.Stop && text.Calls ? "tool_calls" : finish?.ToString().ToLowerInvariant(),
            ToolCalls: calls);
    }

    /// <summary>A whole reply in one piece.</summary>
    public DecodedPiece Whole(Generation reply) => Piece(
        [.. reply.Tokens.Select((token, i) => new DecodedToken(token, reply.LogProbs[i], i == reply.Tokens.Length - 1 ? reply.Finish : null, reply.Likeliest?[i]))],
        Text());

    /// <summary>A stored reply in one piece. Where the log-probabilities were not kept, such as of the best of several, they are no numbers.</summary>
    public DecodedPiece Recall(Turn turn) => new(
        turn.Reply,
        turn.Message?.Content ?? turn.Reply,
        [.. turn.Tokens.Select((id, i) => new SampledToken(id, _model.Tokenizer.Decode([id]), turn.LogProbs.IsEmpty ? float.NaN : turn.LogProbs[i]))],
        _prompt.Length,
        turn.FinishReason,
        ToolCalls: turn.Message?.ToolCalls is { } calls ? ToolCalls.ToPieces(calls) : null);

    private ImmutableArray<Contracts.LikelyToken>? Likeliest(DecodedToken token) =>
        token.Likeliest is { } likeliest ? [.. likeliest.Select(other => new Contracts.LikelyToken(other.Id, _model.Tokenizer.Decode([other.Id], skipSpecial: false), other.LogProb))] : null;

    private void RequireKnown(ImmutableDictionary<int, double>? biases)
    {
        foreach (var id in biases?.Keys.Where(id => !_model.Tokenizer.Knows(id)) ?? [])
        {
            throw new RefusedException(Refusal.Invalid, $"'logit_bias' names the token {id}, which this model does not have; its ids are from 0 to {_model.Tokenizer.VocabularySize - 1:N0}.", "logit_bias");
        }
    }

    private void RequireToolsShown()
    {
        if (_model.Template.Tools is null && ChatTemplate.UseTools(Request.Messages.ToDialogue()))
        {
            throw new RefusedException(Refusal.Invalid, ChatTemplate.NoTools, "tools");
        }
    }

    private ReplyFormat? Format()
    {
        var (text, use) = (Request.Sampling.Format, Request.Sampling.Tools);
        try
        {
            return use is not null && _tools is not null ? _tools.Replies(new ToolUse(Request.Messages[0].Content, use.Required, use.Function, use.Parallel, text))
                : text is null ? null : ReplyFormat.Of(text);
        }
        catch (SchemaException error)
        {
            throw new RefusedException(Refusal.Invalid, error.Message, error.Path.StartsWith("tools[", StringComparison.Ordinal) ? error.Path : "response_format");
        }
    }

    /// <summary>Why the engine does not take a request, in words that cross a silo's border; null for what is no refusal.</summary>
    public static RefusedException? RefusalOf(Exception error) => error switch
    {
        QueueFullException full => new(Refusal.TooMany, full.Message, retryAfter: full.RetryAfter),
        InsufficientMemoryException memory => new(Refusal.Invalid, memory.Message, "max_tokens"),
        _ => null,
    };
}
