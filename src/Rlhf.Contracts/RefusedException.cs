using Orleans;

namespace Rlhf.Contracts;

/// <summary>A grain's refusal of a well-formed request. The message is meant for the caller to read.</summary>
[GenerateSerializer, Alias("rlhf.RefusedException")]
public sealed class RefusedException : Exception
{
    /// <summary>Refuses for <paramref name="refusal"/>.</summary>
    /// <param name="refusal">The kind of refusal.</param>
    /// <param name="message">What was wrong, the value, and what would be right.</param>
    /// <param name="param">The field of the request that caused it, where there is one.</param>
    /// <param name="retryAfter">When trying again may help, where that is known.</param>
    public RefusedException(Refusal refusal, string message, string? param = null, TimeSpan? retryAfter = null)
        : base(message)
    {
        Refusal = refusal;
        Param = param;
        RetryAfter = retryAfter;
    }

    /// <summary>The kind of refusal.</summary>
    [Id(0)]
    public Refusal Refusal { get; private set; }

    /// <summary>The field of the request that caused it.</summary>
    [Id(1)]
    public string? Param { get; private set; }

    /// <summary>When trying again may help.</summary>
    [Id(2)]
    public TimeSpan? RetryAfter { get; private set; }
}
