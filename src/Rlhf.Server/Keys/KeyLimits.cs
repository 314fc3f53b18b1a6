using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.RateLimiting;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Keys;

/// <summary>How often a key may be used: a bucket that holds a minute's requests and refills steadily.
/// It lives in memory: where several processes answer, each counts for itself.</summary>
internal static class KeyLimits
{
    /// <summary>Limits each key by itself. Who needs no key has no limit, and neither has what is for everybody: a probe's key would else end the process.</summary>
    public static void AddTo(RateLimiterOptions limiter, int perMinute)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Limit>(http => http.User.Identity is Caller { KeyId: { } key } caller && http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null
            ? RateLimitPartition.GetTokenBucketLimiter(new Limit(key, caller.PerMinute ?? perMinute), limit => Bucket(limit.PerMinute))
            : RateLimitPartition.GetNoLimiter(default(Limit)));
        limiter.OnRejected = (rejected, _) => new ValueTask(ErrorResponse.WriteAsync(rejected.HttpContext, new Failure(
            429,
            $"The API key {Caller.Of(rejected.HttpContext).KeyId} made more than {Caller.Of(rejected.HttpContext).PerMinute ?? perMinute} requests within a minute.",
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

    private readonly record struct Limit(string Key, int PerMinute);
}
