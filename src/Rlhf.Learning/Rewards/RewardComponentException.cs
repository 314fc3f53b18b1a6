using System.Net;

namespace Rlhf.Learning.Rewards;

/// <summary>A component of the reward gave no usable score. The training stops with it: a missing score never counts as 0.</summary>
/// <param name="component">The component's name, such as <c>scorer</c>.</param>
/// <param name="reason">What went wrong, as a sentence.</param>
/// <param name="inner">The cause.</param>
public sealed class RewardComponentException(string component, string reason, Exception? inner = null)
    : Exception($"The reward component '{component}' gave no usable score: {reason}", inner)
{
    /// <summary>The component's name.</summary>
    public string Component { get; } = component;

    /// <summary>Whether the same request may succeed later: false for a wrong key or a wrong address.</summary>
    public bool IsTransient { get; init; } = true;

    /// <summary>The status that the service answered with, where it answered.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>When the service asked to be tried again, counted from its answer.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
