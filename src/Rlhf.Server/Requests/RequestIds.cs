using System.Text.RegularExpressions;

namespace Rlhf.Server.Requests;

/// <summary>Names each request under <c>/v1</c>, so that a client's report and the log's line are found to be of one request.</summary>
internal static partial class RequestIds
{
    /// <summary>The header, by which OpenAI's clients know it.</summary>
    public const string Header = "x-request-id";

    /// <summary>Goes by the client's id where that may stand in a log, and by one of our own where there is none.</summary>
    public static void UseRequestIds(this WebApplication app) => app.Use((http, next) =>
    {
        if (http.Request.Path.StartsWithSegments("/v1"))
        {
            var given = http.Request.Headers[Header].ToString();
            http.TraceIdentifier = Harmless().IsMatch(given) ? given : $"req_{Guid.CreateVersion7():N}";
            http.Response.OnStarting(static state => // an error clears the headers that are there before it
            {
                var http = (HttpContext)state;
                http.Response.Headers[Header] = http.TraceIdentifier;
                return Task.CompletedTask;
            }, http);
        }

        return next(http);
    });

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,128}\z")]
    private static partial Regex Harmless();
}
