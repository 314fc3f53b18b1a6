using System.Net.Http.Headers;
using System.Text;

namespace Rlhf.Server.Keys;

/// <summary>Marks pages that a browser opens by itself: it asks for the key as the password of HTTP's Basic scheme, with any
/// user name.</summary>
internal sealed record KeyAsPassword
{
    /// <summary>How an endpoint asks for a key.</summary>
    public static string Challenge(HttpContext http) => IsTaken(http) ? "Basic realm=\"rlhf\", charset=\"UTF-8\"" : KeyHandler.Scheme;

    /// <summary>The key of a request that has it as its password; null where there is none, or where it is not taken so.</summary>
    public static string? Of(HttpContext http)
    {
        if (!IsTaken(http) || !AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var header)
            || !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || header.Parameter is not { } encoded)
        {
            return null;
        }

        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var count))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(bytes, 0, count);
        return pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon && colon + 1 < pair.Length ? pair[(colon + 1)..] : null;
    }

    private static bool IsTaken(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<KeyAsPassword>() is not null;
}
