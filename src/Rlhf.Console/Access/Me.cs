namespace Rlhf.WebConsole.Access;

/// <summary>Who the server takes the person for.</summary>
/// <param name="Client">Whose key it is; null where none is needed.</param>
/// <param name="KeyId">Which key it is; null where none is needed.</param>
/// <param name="Roles">What it may be used for.</param>
/// <param name="KeysNeeded">Whether the server asks for keys.</param>
public sealed record Me(string? Client, string? KeyId, IReadOnlyList<string> Roles, bool KeysNeeded)
{
    internal const string Path = "/v1/me";

    /// <summary>The name that feedback is recorded under.</summary>
    public string Rater { get; init; } = Client ?? "operator";

    /// <summary>Whether it may chat.</summary>
    public bool Chats => Roles.Contains("chat");

    /// <summary>Whether it may rate.</summary>
    public bool Rates => Chats || Roles.Contains("rate");

    /// <summary>Whether it may look at versions and the learner.</summary>
    public bool Watches => Operates || Roles.Contains("watch");

    /// <summary>Whether it may change what is served.</summary>
    public bool Operates => Roles.Contains("operate");
}
