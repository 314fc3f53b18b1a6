using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Rlhf.Server.Telemetry;

/// <summary>Describes each request's span, by the route and never by the path: there are conversations in paths.</summary>
internal static class RequestSpans
{
    /// <summary>ASP.NET Core's activity source; it continues the caller's <c>traceparent</c>.</summary>
    public const string SourceName = "Microsoft.AspNetCore";

    private static readonly PathString[] Quiet = ["/health", "/metrics"];

    public static void UseRequestSpans(this WebApplication app) => app.Use(async (http, next) =>
    {
        if (http.Features.Get<IHttpActivityFeature>()?.Activity is not { Recorded: true } span)
        {
            await next(http);
        }
        else if (Quiet.Any(path => http.Request.Path.StartsWithSegments(path)))
        {
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded; // asked for every few seconds, and of interest to nobody
            await next(http);
        }
        else
        {
            try
            {
                await next(http);
            }
            finally
            {
                Describe(span, http);
            }
        }
    });

    private static void Describe(Activity span, HttpContext http)
    {
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? http.Request.Method : $"{http.Request.Method} {route}";
        span.SetTag("http.request.method", http.Request.Method).SetTag("http.route", route).SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Response.StatusCode >= 500)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
