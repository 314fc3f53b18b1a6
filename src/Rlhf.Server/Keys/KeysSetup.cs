using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Rlhf.Server.Keys;

/// <summary>Puts the gate before the endpoints.</summary>
internal static class KeysSetup
{
    /// <summary>Adds what the gate needs; the storage brings the store of keys.</summary>
    public static IServiceCollection AddKeys(this IServiceCollection services, KeyOptions options)
    {
        services.AddSingleton<ListeningAddresses>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<ConfiguredKeys>();
        services.AddSingleton<TokenBudgets>();
        services.AddSingleton<KeyRing>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyRing>());
        // Not AddAuthentication, which makes keys for cookies, of which there are none here, and writes them into the user's home.
        services.AddAuthenticationCore(schemes =>
        {
            schemes.DefaultScheme = KeyHandler.Scheme;
            schemes.AddScheme<KeyHandler>(KeyHandler.Scheme, displayName: null);
        });
        services.AddWebEncoders();
        KeyPolicies.AddTo(services.AddAuthorizationBuilder());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, ForbiddenResponse>();
        return services.AddRateLimiter(limiter => KeyLimits.AddTo(limiter, options));
    }

    /// <summary>Lets through who has a key for the endpoint, as often as the key allows. An endpoint that is for everybody
    /// says so by <c>AllowAnonymous</c>.</summary>
    public static void UseKeys(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseRateLimitHeaders();
        app.UseAuthorization();
        app.UseRateLimiter();
    }
}
