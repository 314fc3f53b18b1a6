namespace Rlhf.Server.Hosting;

/// <summary>What browsers are told with every answer: it is what it says it is, no page may frame it, and no address is told to others. Pages say
/// themselves where their scripts come from.</summary>
internal static class PageHeaders
{
    private const string NoFrames = "frame-ancestors 'none'";

    public static void UsePageHeaders(this WebApplication app) => app.Use((http, next) =>
    {
        http.Response.OnStarting(
            static response =>
            {
                var headers = ((HttpResponse)response).Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                if (headers["Referrer-Policy"].Count == 0)
                {
                    headers["Referrer-Policy"] = "no-referrer"; // a page with forms says same-origin: else a browser calls the forms' own origin null
                }

                var policy = headers.ContentSecurityPolicy.ToString();
                headers.ContentSecurityPolicy = policy.Length == 0 ? NoFrames : policy.Contains("frame-ancestors", StringComparison.Ordinal) ? policy : $"{policy}; {NoFrames}";
                return Task.CompletedTask;
            },
            http.Response);
        return next(http);
    });
}
