using System.Text.Json.Serialization;
using Rlhf.Storage;

namespace Rlhf.Grains.Chat;

/// <summary>What a conversation keeps beside its turns, which are rows of the turn store.</summary>
public sealed class ConversationState : IDamageableState
{
    /// <summary>The user who opened it; null when it was opened without one.</summary>
    public string? Owner { get; set; }

    /// <summary>The client whose API key opened it; null when it was opened without one.</summary>
    public string? Client { get; set; }

    /// <summary>Whether its turns were erased: there are none before it is opened again.</summary>
    public bool Erased { get; set; }

    /// <summary>The highest number that a reader has seen on a reply which was then given up or erased.</summary>
    public int LastAbandoned { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public string? Damage { get; set; }
}
