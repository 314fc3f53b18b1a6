using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.RateLimiting;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Keys;

/// <summary>How often a key may be used, and how often an address may ask that needs none: a bucket that holds a minute's requests and refills steadily.
/// It lives in memory: where several processes answer, each counts for itself. The buckets of those who ask no more are dropped.</summary>
internal static class KeyLimits
{
    /// <summary>Limits each key by itself, and each address without one. What is for everybody has no limit: a probe's key would else end the process.</summary>
    public static void AddTo(RateLimiterOptions limiter, KeyOptions options)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, RequestLimit>(http => RequestLimit.Of(http, options) is { } limit
            ? RateLimitPartition.GetTokenBucketLimiter(limit, limit => Bucket(limit.PerMinute))
            : RateLimitPartition.GetNoLimiter(default(RequestLimit)));
        limiter.OnRejected = (rejected, _) => new ValueTask(ErrorResponse.WriteAsync(rejected.HttpContext, new Failure(
            429,
            RequestLimit.Of(rejected.HttpContext, options)!.Value.Exceeded,
            Code: "rate_limit_exceeded",
            RetryAfter: rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1))));
    }

    private static TokenBucketRateLimiterOptions Bucket(int perMinute) => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromMinutes(1.0 / perMinute),
        QueueLimit = 0,
    };
}

/// <summary>How many requests whose within a minute.</summary>
/// <param name="KeyId">The key's id; null where no key is needed.</param>
/// <param name="Address">Where the request came from, where no key is needed.</param>
/// <param name="PerMinute">How many.</param>
internal readonly record struct RequestLimit(string? KeyId, string? Address, int PerMinute)
{
    public string Exceeded => KeyId is not null
        ? $"The API key {KeyId} made more than {PerMinute:N0} requests within a minute."
        : $"More than {PerMinute:N0} requests came from {Address} within a minute (Keys:PerMinuteWithoutKey).";

    /// <summary>The limit that a request falls under; null where there is none.</summary>
    public static RequestLimit? Of(HttpContext http, KeyOptions options) =>
        http.User.Identity is not Caller caller || http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null ? null
        : caller.KeyId is { } key ? new RequestLimit(key, null, caller.PerMinute ?? options.PerMinute)
        : options.PerMinuteWithoutKey > 0 ? new RequestLimit(null, http.Connection.RemoteIpAddress?.ToString() ?? "a local socket", options.PerMinuteWithoutKey)
        : null;
}
