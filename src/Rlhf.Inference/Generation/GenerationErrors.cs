namespace Rlhf.Inference;

/// <summary>The engine has as many requests waiting as it may have.</summary>
/// <param name="limit">The most that may wait.</param>
/// <param name="retryAfter">When those who wait now will have got a place, as far as can be told.</param>
public sealed class QueueFullException(int limit, TimeSpan retryAfter)
    : Exception($"{limit} requests are waiting, which is the limit; try again when some are done.")
{
    /// <summary>The most that may wait.</summary>
    public int Limit => limit;

    /// <summary>When those who wait now will have got a place, as far as can be told.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>A request names a version that is not loaded.</summary>
/// <param name="version">The name.</param>
/// <param name="loaded">The names that are loaded.</param>
public sealed class UnknownVersionException(string version, IEnumerable<string> loaded)
    : Exception($"The version '{version}' is not loaded; loaded are: {string.Join(", ", loaded.DefaultIfEmpty("none"))}.")
{
    /// <summary>The name that was asked for.</summary>
    public string Version => version;
}

/// <summary>A prompt leaves no room for a reply.</summary>
/// <param name="tokens">The prompt's tokens.</param>
/// <param name="context">The model's context.</param>
public sealed class PromptTooLongException(int tokens, int context)
    : Exception($"The prompt has {tokens} tokens; the model's context of {context} allows at most {context - 1}, so that a reply has room.")
{
    /// <summary>The prompt's tokens.</summary>
    public int Tokens => tokens;

    /// <summary>The model's context.</summary>
    public int Context => context;
}
