namespace Rlhf.WebConsole.Access;

/// <summary>What the sign-in page asks for.</summary>
public sealed class SignInForm
{
    /// <summary>The API key.</summary>
    public string? Key { get; set; }

    /// <summary>The name that feedback is recorded under; the key's client where it is empty.</summary>
    public string? Rater { get; set; }
}
