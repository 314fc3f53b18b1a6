using System.ComponentModel.DataAnnotations;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>What a chat is asked, in OpenAI's shape.</summary>
internal sealed record ChatCompletionRequest
{
    /// <summary>The model: <c>demo</c>, or <c>demo:v3</c> for one version of it.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name)]
    public required string Model { get; init; }

    /// <summary>The dialogue so far, oldest first; the last message is answered.</summary>
    [MinLength(1), MaxLength(RequestLimits.Messages)]
    public required IReadOnlyList<RequestMessage> Messages { get; init; }

    /// <summary>The most tokens of a reply; <c>Chat:MaxTokens</c> where it is missing.</summary>
    [Range(1, int.MaxValue)]
    public int? MaxCompletionTokens { get; init; }

    /// <summary>The older name of <c>max_completion_tokens</c>.</summary>
    [Range(1, int.MaxValue)]
    public int? MaxTokens { get; init; }

    /// <summary>The sampling temperature; <c>Chat:Temperature</c> where it is missing.</summary>
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    /// <summary>Draws from the likeliest tokens that together have this probability.</summary>
    [Range(0.000001, 1.0)]
    public double? TopP { get; init; }

    /// <summary>Draws from this many of the likeliest tokens; 0 for all.</summary>
    [Range(0, int.MaxValue)]
    public int? TopK { get; init; }

    /// <summary>The same seed draws the same reply from the same version.</summary>
    public long? Seed { get; init; }

    /// <summary>Texts that end a reply.</summary>
    [OrText(RequestLimits.Text), MaxLength(4)]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>What a reply has to be: any text, any JSON object, or JSON that holds to a schema.</summary>
    public ResponseFormatRequest? ResponseFormat { get; init; }

    /// <summary>How many replies; at most <c>Chat:MaxChoices</c>.</summary>
    [Range(1, int.MaxValue)]
    public int? N { get; init; }

    /// <summary>How many replies to draw for each that is given, which is the one that the reward model scores highest; at most <c>Chat:MaxChoices</c>.</summary>
    [Range(1, int.MaxValue)]
    public int? BestOf { get; init; }

    /// <summary>Whether the reply comes as server-sent events, token by token.</summary>
    public bool? Stream { get; init; }

    /// <summary>What a stream holds.</summary>
    public StreamOptionsRequest? StreamOptions { get; init; }

    /// <summary>Whether the reply's tokens come with their log-probabilities.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>Rivals of each token: none, since the engine keeps the drawn token's probability alone.</summary>
    [Range(0, 0)]
    public int? TopLogprobs { get; init; }

    /// <summary>Who asks; a conversation that the request opens is this user's.</summary>
    [MaxLength(RequestLimits.Name)]
    public string? User { get; init; }

    /// <summary>What the request belongs to.</summary>
    public MetadataRequest? Metadata { get; init; }
}

/// <summary>What a stream holds.</summary>
internal sealed record StreamOptionsRequest
{
    /// <summary>Whether the last chunk has the usage.</summary>
    public bool? IncludeUsage { get; init; }
}

/// <summary>What a chat belongs to.</summary>
internal sealed record MetadataRequest
{
    /// <summary>The conversation to go on with, or to open; a new one where it is missing.</summary>
    [MaxLength(RequestLimits.Name)]
    [RegularExpression("^[A-Za-z0-9._:-]+$", ErrorMessage = "1 to 128 letters, digits, '.', '_', ':' or '-'")]
    public string? ConversationId { get; init; }
}
