namespace Rlhf.Inference;

/// <summary>What a reply is to be made from.</summary>
public sealed record GenerationRequest
{
    /// <summary>The version that replies, by the name it was loaded under.</summary>
    public required string Version { get; init; }

    /// <summary>The conversation so far, as the chat template rendered it.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>How tokens are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>The most tokens of the reply, its end token included; the context may allow fewer.</summary>
    /// <value>The default value is 128.</value>
    public int MaxTokens { get; init; } = 128;

    /// <summary>The reply ends with the token that completes one of these; <see cref="TextStream"/> cuts the text before it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>
    /// What the reply has to be: only tokens that keep it the beginning of such a text are drawn, and it ends where nothing may follow. Then
    /// no <see cref="Stop"/> may be given, which would end it elsewhere.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: any text.</value>
    public ReplyFormat? Format { get; init; }

    /// <summary>Whose request it is: clients take turns where they have to wait, however many requests each of them has.</summary>
    /// <value>The default value is the empty text: all such requests are one client's.</value>
    public string Client { get; init; } = "";
}
