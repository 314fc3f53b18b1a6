using System.Net.Http.Headers;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Rlhf.WebConsole.Api;

/// <summary>Who is at the browser, and by which way the browser came: what the console's own requests must say, so that they are let through or refused as the browser's would be.</summary>
/// <param name="Key">The API key; null where none was given.</param>
/// <param name="Rater">The name that feedback is recorded under; null for the key's client.</param>
/// <param name="Host">What the browser calls the server.</param>
/// <param name="Forwarded">Whom the request was made for, where that is not this machine.</param>
internal sealed record Session(string? Key, string? Rater, string? Host, string? Forwarded)
{
    private const string KeyClaim = "rlhf/key";
    private const string RaterClaim = "rlhf/rater";
    private const string HostClaim = "rlhf/host";
    private const string ForwardedClaim = "rlhf/forwarded";
    private static readonly string[] Forwarders = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"];

    /// <summary>The session of a browser's request.</summary>
    public static Session Of(HttpContext http, SessionSecret? secret) => new(secret?.Key, secret?.Rater, http.Request.Host.Value, ForwardedOf(http));

    /// <summary>The session that a page was opened with.</summary>
    public static Session Of(ClaimsPrincipal user) => new(user.FindFirst(KeyClaim)?.Value, user.FindFirst(RaterClaim)?.Value, user.FindFirst(HostClaim)?.Value, user.FindFirst(ForwardedClaim)?.Value);

    /// <summary>The session as a browser's connection carries it, which stays in this process.</summary>
    public ClaimsPrincipal ToPrincipal()
    {
        (string Type, string? Value)[] claims = [(KeyClaim, Key), (RaterClaim, Rater), (HostClaim, Host), (ForwardedClaim, Forwarded)];
        return new(new ClaimsIdentity(claims.Where(claim => claim.Value is not null).Select(claim => new Claim(claim.Type, claim.Value!)), "Console"));
    }

    /// <summary>Puts it on a request to the server.</summary>
    public void AddTo(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Host", Host);
        request.Headers.Authorization = Key is null ? null : new AuthenticationHeaderValue("Bearer", Key);
        if (Forwarded is not null)
        {
            request.Headers.TryAddWithoutValidation(Forwarders[0], Forwarded);
        }
    }

    /// <summary>Without keys the server serves its own machine alone. The console's requests come from there: they must say so where the browser's did not.</summary>
    private static string? ForwardedOf(HttpContext http) =>
        Forwarders.Any(http.Request.Headers.ContainsKey) || http.Connection.RemoteIpAddress is { } remote && !System.Net.IPAddress.IsLoopback(remote)
            ? http.Connection.RemoteIpAddress?.ToString() ?? "unknown"
            : null;
}

/// <summary>What a person typed to sign in.</summary>
/// <param name="Key">The API key.</param>
/// <param name="Rater">The name that feedback is recorded under; null for the key's client.</param>
internal sealed record SessionSecret(string? Key, string? Rater);
