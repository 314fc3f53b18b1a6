using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>A request in the engine's terms, and the engine's tokens as pieces of a reply.</summary>
internal sealed class Drawing
{
    private readonly BaseModel _model;
    private readonly int[] _prompt;
    private readonly JsonFormat? _format;

    /// <exception cref="RefusedException">The newest message does not fit, the model's chat template refuses the dialogue, a bias is for no token, or the format
    /// can't be drawn.</exception>
    public Drawing(BaseModel model, DecodeRequest request)
    {
        _model = model;
        Request = request;
        RequireKnown(request.Sampling.LogitBias);
        _format = Format(request.Sampling.Format);
        _prompt = Prompt.Fit(model, request.Messages, request.Sampling.MaxTokens);
    }

    public DecodeRequest Request { get; }

    /// <summary>Where a reply's text gathers.</summary>
    public TextStream Text() => new(_model.Tokenizer, Request.Sampling.Stop);

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
    public DecodedPiece Piece(IReadOnlyList<DecodedToken> drawn, TextStream text)
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

        return new DecodedPiece(
            finish is null ? certain : certain + text.Finish(),
            tokens.ToImmutable(),
            _prompt.Length,
            finish?.ToString().ToLowerInvariant());
    }

    /// <summary>A whole reply in one piece.</summary>
    public DecodedPiece Whole(Generation reply) => Piece(
        [.. reply.Tokens.Select((token, i) => new DecodedToken(token, reply.LogProbs[i], i == reply.Tokens.Length - 1 ? reply.Finish : null, reply.Likeliest?[i]))],
        Text());

    /// <summary>A stored reply in one piece. Where the log-probabilities were not kept, such as of the best of several, they are no numbers.</summary>
    public DecodedPiece Recall(Turn turn) => new(
        turn.Reply,
        [.. turn.Tokens.Select((id, i) => new SampledToken(id, _model.Tokenizer.Decode([id]), turn.LogProbs.IsEmpty ? float.NaN : turn.LogProbs[i]))],
        _prompt.Length,
        turn.FinishReason);

    private ImmutableArray<Contracts.LikelyToken>? Likeliest(DecodedToken token) =>
        token.Likeliest is { } likeliest ? [.. likeliest.Select(other => new Contracts.LikelyToken(other.Id, _model.Tokenizer.Decode([other.Id], skipSpecial: false), other.LogProb))] : null;

    private void RequireKnown(ImmutableDictionary<int, double>? biases)
    {
        foreach (var id in biases?.Keys.Where(id => !_model.Tokenizer.Knows(id)) ?? [])
        {
            throw new RefusedException(Refusal.Invalid, $"'logit_bias' names the token {id}, which this model does not have; its ids are from 0 to {_model.Tokenizer.VocabularySize - 1:N0}.", "logit_bias");
        }
    }

    private static JsonFormat? Format(string? text)
    {
        try
        {
            return text is null ? null : JsonFormat.Of(text);
        }
        catch (SchemaException error)
        {
            throw new RefusedException(Refusal.Invalid, error.Message, "response_format");
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
