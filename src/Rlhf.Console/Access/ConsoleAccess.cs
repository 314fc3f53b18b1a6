using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.WebConsole.Api;

namespace Rlhf.WebConsole.Access;

/// <summary>Marks an endpoint as the console's.</summary>
internal sealed record ConsolePage;

/// <summary>Lets those open the console whom the server's endpoints would answer, sends the others to the sign-in page, and says what a browser may do with the pages.</summary>
internal sealed class ConsoleAccess(RequestDelegate next, SessionCookie cookie, IHttpClientFactory clients, OwnAddress address)
{
    /// <summary>Where to sign in.</summary>
    public const string SignIn = "/sign-in";

    // MudBlazor writes colours and sizes into style attributes and one style element.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Passes a request on, or turns it away.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ConsolePage>() is null)
        {
            await next(http);
            return;
        }

        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin"; // with no-referrer a browser would call the origin of our own forms null
        headers.CacheControl = "no-cache, no-store"; // as antiforgery wants it
        headers.Pragma = "no-cache";
        var session = Session.Of(http, cookie.Read(http));
        http.User = session.ToPrincipal();
        if (!http.Request.Path.StartsWithSegments(SignIn) && await IsRefusedAsync(session, http.RequestAborted))
        {
            if (http.Request.Path.StartsWithSegments("/_blazor"))
            {
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return;
            }

            http.Response.Redirect($"{SignIn}?return={Uri.EscapeDataString(http.Request.Path + http.Request.QueryString)}");
            return;
        }

        await next(http);
    }

    /// <summary>Any other answer than a refusal lets the page open, which then shows what is wrong.</summary>
    private async Task<bool> IsRefusedAsync(Session session, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(nameof(ServerApi));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address.Uri, Me.Path));
        session.AddTo(request);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            return response.StatusCode == HttpStatusCode.Unauthorized;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
