using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Server.Errors;

/// <summary>What went wrong with a request, as the caller is told it.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Message">What was wrong, the value, and what would be right.</param>
/// <param name="Param">The field that caused it.</param>
/// <param name="Code">A word for programs.</param>
/// <param name="RetryAfter">When trying again may help.</param>
internal sealed record Failure(int Status, string Message, string? Param = null, string? Code = null, TimeSpan? RetryAfter = null)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Whether it is our fault and belongs into the log.</summary>
    public bool IsOurs => Status == 500;

    public static Failure Of(Exception error, HttpContext http) => error switch
    {
        FailureException known => known.Failure,
        RefusedException refused => Of(refused),
        BadHttpRequestException { StatusCode: 413 } => new(413, TooLarge(http), null, "body_too_large"),
        BadHttpRequestException bad => new(bad.StatusCode, bad.Message),
        JsonException malformed => new(400, $"The body is not JSON: {malformed.Message}", null, "malformed_json"),
        StorageFullException full => new(507, full.Message, null, "storage_full"),
        StorageDamagedException damaged => new(500, damaged.Message, null, "storage_damaged"), // trying again does not mend it
        StorageException broken => new(503, broken.Message, null, "storage_unavailable", Soon),
        OrleansException or EnumerationAbortedException => new(503, "The part of the server that answers this ended, or can't be reached; try again.", null, "server_unavailable", Soon),
        TimeoutException => new(503, "The server took too long to answer; try again.", null, "timeout", Soon),
        _ => new(500, "The server failed to answer this request; its log says why.", null, "internal_error"),
    };

    private static Failure Of(RefusedException refused) => refused.Refusal switch
    {
        Refusal.Invalid => new(400, refused.Message, refused.Param, "invalid_value"),
        Refusal.NotFound => new(404, refused.Message, refused.Param, refused.Param == "model" ? "model_not_found" : "not_found"),
        Refusal.NotYours => new(403, refused.Message, refused.Param, "not_yours"),
        Refusal.Conflict => new(409, refused.Message, refused.Param, "conflict"),
        Refusal.TooMany => new(429, refused.Message, refused.Param, "too_many_requests", refused.RetryAfter ?? Soon),
        Refusal.NameTaken => new(422, refused.Message, refused.Param, "idempotency_key_reused"),
        Refusal.NotModerated => new(503, refused.Message, refused.Param, "moderation_unavailable", refused.RetryAfter ?? Soon),
        Refusal.Unavailable => new(503, refused.Message, refused.Param, "server_unavailable", refused.RetryAfter ?? Soon),
        _ => throw new ArgumentOutOfRangeException(nameof(refused), refused.Refusal, "Give this refusal a status code."),
    };

    private static string TooLarge(HttpContext http) =>
        $"The body is larger than {http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? 0:N0} bytes; send less at once.";
}
