using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>What a chat is asked, in OpenAI's shape. Fields of OpenAI's that are not supported are refused by their names.</summary>
[Closed]
[Unsupported("audio")]
[Unsupported("function_call", "\"none\"")]
[Unsupported("functions")]
[Unsupported("modalities", "[\"text\"]")]
[Unsupported("prediction")]
[Unsupported("prompt_cache_key")]
[Unsupported("prompt_cache_retention", "\"in_memory\"", "\"in-memory\"")]
[Unsupported("reasoning_effort", "\"none\"")]
[Unsupported("safety_identifier")]
[Unsupported("service_tier", "\"auto\"", "\"default\"")]
[Unsupported("verbosity", "\"medium\"")]
[Unsupported("web_search_options")]
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

    /// <summary>The older name of <c>max_completion_tokens</c>, which has the last word where both are there.</summary>
    [Range(1, int.MaxValue)]
    public int? MaxTokens { get; init; }

    /// <summary>The sampling temperature; <c>Chat:Temperature</c> where it is missing.</summary>
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    /// <summary>Draws from the likeliest tokens that together have this probability; 0 takes the likeliest.</summary>
    [Range(0.0, 1.0)]
    public double? TopP { get; init; }

    /// <summary>Draws from this many of the likeliest tokens; 0 for all.</summary>
    [Range(0, int.MaxValue)]
    public int? TopK { get; init; }

    /// <summary>The same seed draws the same reply from the same version.</summary>
    public long? Seed { get; init; }

    /// <summary>Texts that end a reply.</summary>
    [OrText(RequestLimits.Stop), MaxLength(4)]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>What a reply has to be: any text, any JSON object, or JSON that holds to a schema.</summary>
    public ResponseFormatRequest? ResponseFormat { get; init; }

    /// <summary>Functions that a reply may call.</summary>
    [MinLength(1), MaxLength(RequestLimits.Tools)]
    public IReadOnlyList<ToolRequest>? Tools { get; init; }

    /// <summary>Whether a reply calls tools: <c>none</c>, <c>auto</c> (as it chooses; so where this is missing), <c>required</c>, or the function that it has to call, as
    /// <c>{"type":"function","function":{"name":"…"}}</c>.</summary>
    public JsonElement? ToolChoice { get; init; }

    /// <summary>Whether a reply may make several calls, as it may where this is missing.</summary>
    public bool? ParallelToolCalls { get; init; }

    /// <summary>How many replies; at most <c>Chat:MaxChoices</c>.</summary>
    [Range(1, int.MaxValue)]
    public int? N { get; init; }

    /// <summary>How many replies to draw for each that is given, which is the one that the reward model scores highest; at most <c>Chat:MaxChoices</c>.</summary>
    [Range(1, int.MaxValue)]
    public int? BestOf { get; init; }

    /// <summary>Whether the reply comes as server-sent events, token by token.</summary>
    public bool? Stream { get; init; }

    /// <summary>What a stream holds; only with <c>stream</c>.</summary>
    public StreamOptionsRequest? StreamOptions { get; init; }

    /// <summary>Whether the reply's tokens come with their log-probabilities.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>How many of the likeliest tokens come beside each; only with <c>logprobs</c>.</summary>
    [Range(0, 20)]
    public int? TopLogprobs { get; init; }

    /// <summary>What is added to the logits of tokens, by their ids.</summary>
    [Range(-100.0, 100.0), MaxLength(RequestLimits.LogitBiases)]
    public IReadOnlyDictionary<string, double>? LogitBias { get; init; }

    /// <summary>What a token's logit loses for each time that the token is in the reply already.</summary>
    [Range(-2.0, 2.0)]
    public double? FrequencyPenalty { get; init; }

    /// <summary>What a token's logit loses once the token is in the reply.</summary>
    [Range(-2.0, 2.0)]
    public double? PresencePenalty { get; init; }

    /// <summary>Whether the reply is kept, as it is where this is missing. Nothing is kept of one that is not: it can't be rated.</summary>
    public bool? Store { get; init; }

    /// <summary>Who asks; a conversation that the request opens is this user's.</summary>
    [MaxLength(RequestLimits.Name), Name]
    public string? User { get; init; }

    /// <summary>What the request belongs to.</summary>
    public MetadataRequest? Metadata { get; init; }
}

/// <summary>What a stream holds.</summary>
[Unsupported("include_obfuscation", "false")]
internal sealed record StreamOptionsRequest
{
    /// <summary>Whether a last chunk has the usage; the others then have it as null.</summary>
    public bool? IncludeUsage { get; init; }
}

/// <summary>What a chat belongs to. Labels of the client's own may stand beside it; they change nothing and are not kept.</summary>
internal sealed record MetadataRequest
{
    public const string Client = "client";
    public const string Server = "server";
    public const string OfVersions = "versions";
    public const string Automatic = "auto";

    /// <summary>The conversation to go on with, or to open; a new one where it is missing.</summary>
    [MaxLength(RequestLimits.Name)]
    [RegularExpression(ConversationName.Pattern, ErrorMessage = ConversationName.Rule)]
    public string? ConversationId { get; init; }

    /// <summary>Who keeps the dialogue: <c>client</c>, as where it is missing, sends all of it with each request; with <c>server</c> the messages are the new ones, and
    /// go on from the conversation's last reply.</summary>
    [AllowedValues(Client, Server)]
    public string? History { get; init; }

    /// <summary>The completion to go on from in place of the last one; only where the server keeps the dialogue.</summary>
    [MaxLength(2 * RequestLimits.Name)]
    public string? Parent { get; init; }

    /// <summary>Drafts to compare: with <c>versions</c> the choices (2 where <c>n</c> is missing) are of different versions that serve, in an order that nobody is told; with
    /// <c>auto</c> there is one choice, and a second one where the reward model is unsure of the first.</summary>
    [AllowedValues(OfVersions, Automatic)]
    public string? Draft { get; init; }

    /// <summary>The labels.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Labels { get; init; }
}
