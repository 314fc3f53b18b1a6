using System.ComponentModel.DataAnnotations;

namespace Rlhf.Server.Hosting;

/// <summary>What a chat request gets when it does not say, and how far it may go. Section <c>Chat</c> of the configuration.</summary>
public sealed class ChatOptions
{
    /// <summary>The sampling temperature of requests that name none.</summary>
    /// <value>The default value is 0.7: a small model at 1 rambles.</value>
    [Range(0.0, 2.0)]
    public double Temperature { get; set; } = 0.7;

    /// <summary>The most tokens of a reply whose request names no limit.</summary>
    /// <value>The default value is 128.</value>
    [Range(1, 1_000_000)]
    public int MaxTokens { get; set; } = 128;

    /// <summary>The most replies that one request may have drawn: <c>n</c> times <c>best_of</c>.</summary>
    /// <value>The default value is 8.</value>
    [Range(1, 128)]
    public int MaxChoices { get; set; } = 8;
}
