using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Keys;

/// <summary>Reads a request's key; without a good one the answer is 401 with the reason.</summary>
internal sealed class KeyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, KeyRing ring)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    /// <summary>The scheme's name, as the Authorization header spells it.</summary>
    public new const string Scheme = "Bearer";

    /// <summary>Without keys, who comes by this machine's own address may do everything, whatever key is sent along.</summary>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        !ring.NeedsKeys && ListeningAddresses.IsLocal(Context) ? Known(Caller.Anyone)
        : (Given(Request.Headers.Authorization.ToString()) ?? KeyAsPassword.Of(Context)) is not { } key ? AuthenticateResult.NoResult()
        : ring.Find(key) is { } caller ? Known(caller)
        : AuthenticateResult.Fail("The API key is wrong or was revoked."));

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var wrong = (await HandleAuthenticateOnceAsync()).Failure?.Message ?? "No API key was given: send one as 'Authorization: Bearer KEY'.";
        await ErrorResponse.WriteAsync(Context, new Failure(401, wrong, Code: "invalid_api_key"));
    }

    private static AuthenticateResult Known(Caller caller) => AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(caller), Scheme));

    private static string? Given(string header) =>
        header.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase) && header[(Scheme.Length + 1)..].Trim() is { Length: > 0 } key ? key : null;
}
