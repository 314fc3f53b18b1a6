using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Rlhf.WebConsole.Api;

namespace Rlhf.WebConsole.Access;

/// <summary>Keeps the API key in a cookie that no script can read, no other site's page can send, and only this server can decrypt.</summary>
internal sealed class SessionCookie(IDataProtectionProvider protection)
{
    /// <summary>The cookie's name.</summary>
    public const string Name = "rlhf-console";

    /// <summary>After this time the key has to be typed again.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly Lazy<ITimeLimitedDataProtector> _protector = new(() => protection.CreateProtector("Rlhf.Console.Session").ToTimeLimitedDataProtector());

    /// <summary>What the cookie of a request holds; null where there is none, it is too old, or another server's.</summary>
    public SessionSecret? Read(HttpContext http)
    {
        try
        {
            return http.Request.Cookies[Name] is { } value ? JsonSerializer.Deserialize<SessionSecret>(_protector.Value.Unprotect(value)) : null;
        }
        catch (Exception error) when (error is CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Keeps it.</summary>
    public void Write(HttpContext http, SessionSecret secret) =>
        http.Response.Cookies.Append(Name, _protector.Value.Protect(JsonSerializer.Serialize(secret), Lifetime), Options(http));

    /// <summary>Forgets it.</summary>
    public static void Delete(HttpContext http) => http.Response.Cookies.Delete(Name, Options(http));

    private static CookieOptions Options(HttpContext http) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, IsEssential = true, Path = "/" };
}
