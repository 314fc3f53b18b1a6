namespace Rlhf.WebConsole.Chat;

/// <summary>How replies are asked for; what is null is the server's default.</summary>
public sealed class ChatSettings
{
    /// <summary>The system message of a new conversation.</summary>
    public string? System { get; set; }

    /// <summary>The model or version to ask; null for the model itself.</summary>
    public string? Model { get; set; }

    /// <summary>The sampling temperature.</summary>
    public double? Temperature { get; set; }

    /// <summary>The probability that the likeliest tokens have together which are drawn from.</summary>
    public double? TopP { get; set; }

    /// <summary>The most tokens of a reply.</summary>
    public int? MaxTokens { get; set; }

    /// <summary>Whether two replies are drawn side by side.</summary>
    public bool Drafts { get; set; }

    /// <summary>Whether tokens are shown with their probabilities.</summary>
    public bool Tokens { get; set; }
}
