using Microsoft.Extensions.Primitives;
using Rlhf.Contracts;
using Rlhf.Server.Errors;
using Rlhf.Server.Hosting;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Keys;

/// <summary>
/// Keeps other sites' pages out. A browser sends their requests to a server on its own machine as it sends anybody's, also as plain forms that no
/// preflight comes before, and a server without keys would do what they say. It tells where a request comes from, though (Origin, Sec-Fetch-Site),
/// and a page whose name was pointed at this machine sends that name as the host.
/// </summary>
internal static class ForeignPages
{
    private const string AllowedHosts = "AllowedHosts";
    private static readonly string[] ThisMachine = ["localhost", "*.localhost", "127.0.0.1", "[::1]"];

    /// <summary>Refuses them before anything else is asked.</summary>
    public static void UseForeignPages(this WebApplication app)
    {
        var listed = CrossOrigin.OriginsOf(app.Configuration);
        var hosts = Hosts(app.Configuration, app.Services.GetRequiredService<ListeningAddresses>());
        app.Use((http, next) =>
        {
            if (!HasName(http.Request) && !http.Request.Path.StartsWithSegments("/health")) // probes may leave it out
            {
                throw Refuse.Invalid($"The header 'Host' must name a host, with a port or without, not '{RequestText.Show(http.Request.Headers.Host.ToString())}'.");
            }

            if (hosts is not null && !HostString.MatchesAny(http.Request.Host.Host, hosts))
            {
                throw new RefusedException(Refusal.NotYours, $"This server isn't called '{http.Request.Host.Host}': it answers to {string.Join(", ", hosts)}. Another name is made known with {AllowedHosts}.");
            }

            return IsForeign(http.Request, listed)
                ? throw new RefusedException(Refusal.NotYours, $"A page of {Whose(http.Request)} may not send this request: it comes from another site than the one it is sent to, and Cors:Origins doesn't list it.")
                : next(http);
        });
    }

    /// <summary>Whether pages can be addressed by what it calls the server.</summary>
    private static bool HasName(HttpRequest request)
    {
        try
        {
            return request.Host.HasValue && Uri.TryCreate($"{Uri.UriSchemeHttp}://{request.Host.ToUriComponent()}", UriKind.Absolute, out _);
        }
        catch (ArgumentException)
        {
            return false; // international names have rules of their own
        }
    }

    /// <summary>What the server may be called; null for anything. One that only its own machine reaches is called by that machine's names alone.</summary>
    private static List<StringSegment>? Hosts(IConfiguration configuration, ListeningAddresses addresses)
    {
        string[] given = configuration[AllowedHosts]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        return given.Length > 0 ? (given.Contains("*") ? null : [.. given.Select(host => new StringSegment(host))])
            : addresses.Exposed is null ? [.. ThisMachine.Select(host => new StringSegment(host))]
            : null;
    }

    private static bool IsForeign(HttpRequest request, string[] listed)
    {
        // A websocket begins as a GET, and what it brings the page that opened it can read, whatever its origin.
        var socket = request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(request.Method);
        if (!socket && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)))
        {
            return false; // changes nothing, and what it answers another site's page can't read
        }

        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 ? !IsOwn(origin, request) && (socket || !listed.Contains(origin)) : request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
    }

    /// <summary>By host and port alone: before a proxy that ends TLS the scheme is another.</summary>
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && (page.Scheme == Uri.UriSchemeHttp || page.Scheme == Uri.UriSchemeHttps)
        && Uri.TryCreate($"{page.Scheme}://{request.Host.Value}", UriKind.Absolute, out var own) && page.Authority.Equals(own.Authority, StringComparison.OrdinalIgnoreCase);

    private static string Whose(HttpRequest request) => request.Headers.Origin.ToString() is { Length: > 0 } origin ? origin : "another site";
}
