using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Rlhf.Server.Errors;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>Reads a request's key, and tells those off who have none or the wrong one.</summary>
internal sealed class KeyHandler(KeyRing ring, AuditLog audit) : IAuthenticationHandler
{
    /// <summary>The scheme's name, as the Authorization header spells it.</summary>
    public const string Scheme = "Bearer";

    private HttpContext _http = null!;
    private string? _wrong;

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        _http = context;
        return Task.CompletedTask;
    }

    /// <summary>Without keys, who comes by this machine's own address may do everything, whatever key is sent along.</summary>
    public Task<AuthenticateResult> AuthenticateAsync()
    {
        if (!ring.NeedsKeys && ListeningAddresses.IsLocal(_http.Connection))
        {
            return Known(Caller.Anyone);
        }

        if (Given(_http.Request.Headers.Authorization.ToString()) is not { } key)
        {
            _wrong = "No API key was given: send one as 'Authorization: Bearer KEY'.";
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (ring.Find(key) is { } caller)
        {
            return Known(caller);
        }

        _wrong = "The API key is wrong or was revoked.";
        return Task.FromResult(AuthenticateResult.Fail(_wrong));
    }

    public Task ChallengeAsync(AuthenticationProperties? properties) =>
        ErrorResponse.WriteAsync(_http, new Failure(401, _wrong!, Code: "invalid_api_key"));

    public Task ForbidAsync(AuthenticationProperties? properties)
    {
        var needed = NeededRoles.Of(_http.GetEndpoint());
        if (needed == KeyRoles.Operate && !HttpMethods.IsGet(_http.Request.Method))
        {
            audit.Write(_http, 403);
        }

        var caller = Caller.Of(_http);
        return ErrorResponse.WriteAsync(_http, new Failure(
            403,
            $"The API key {caller.KeyId} has the roles {KeyRolesText.Write(caller.Roles)}; {_http.Request.Method} {_http.Request.Path.ToUriComponent()} "
            + $"takes one of the role {KeyRolesText.Write(needed).Replace(",", " or ")}.",
            Code: "insufficient_permissions"));
    }

    private Task<AuthenticateResult> Known(Caller caller)
    {
        _http.Features.Set(caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, caller.Client ?? "")], Scheme);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme)));
    }

    private static string? Given(string header) =>
        header.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase) && header[(Scheme.Length + 1)..].Trim() is { Length: > 0 } key ? key : null;
}
