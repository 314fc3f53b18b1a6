namespace Rlhf.Contracts;

/// <summary>Who a rater is. Names are the applications' own, and two applications may both have an "ann": the client whose API key a press
/// came with is a part of it.</summary>
public static class RaterId
{
    /// <summary>The key of a rater's grain.</summary>
    /// <param name="client">Whose API key the press came with; null where no key was needed.</param>
    /// <param name="rater">The rater's name.</param>
    public static string Of(string? client, string rater) => client is null ? Escape(rater) : $"{Escape(client)}/{Escape(rater)}";

    /// <summary>Who gave feedback.</summary>
    public static string Of(FeedbackEvent feedback) => Of(feedback.Client, feedback.Rater);

    /// <summary>The rater's own name in a grain's key.</summary>
    public static string NameIn(string key) => key[(key.IndexOf('/') + 1)..].Replace("%2F", "/").Replace("%25", "%");

    /// <summary>The client in a grain's key; null where no key was needed.</summary>
    public static string? ClientIn(string key) => key.IndexOf('/') is >= 0 and var end ? key[..end].Replace("%2F", "/").Replace("%25", "%") : null;

    private static string Escape(string name) => name.Replace("%", "%25").Replace("/", "%2F");
}
