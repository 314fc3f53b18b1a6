namespace Rlhf.Server.Errors;

/// <summary>Turns whatever goes wrong into an answer that says so.</summary>
internal static partial class ErrorHandling
{
    public static void UseErrors(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Rlhf.Server.Errors");
        app.Use(async (http, next) =>
        {
            try
            {
                await next(http);
            }
            catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
            {
                // nobody is left to answer
            }
            catch (Exception error) when (!http.Response.HasStarted)
            {
                var failure = Failure.Of(error, http);
                if (failure.IsOurs)
                {
                    LogFailed(log, error, http.Request.Method, (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText, http.TraceIdentifier); // in a path there may be a conversation
                }

                await ErrorResponse.WriteAsync(http, failure);
            }
        });
        app.UseStatusCodePages(context => ErrorResponse.WriteAsync(context.HttpContext, context.HttpContext.Response.StatusCode switch
        {
            404 => new(404, $"Unknown request URL: {context.HttpContext.Request.Method} {context.HttpContext.Request.Path}. Please check it for typos; /docs shows what there is.", null, "unknown_url"),
            405 => new(405, $"{context.HttpContext.Request.Path} does not take {context.HttpContext.Request.Method}.", null, "method_not_allowed"),
            var status => new(status, $"The request was refused with status {status}."),
        }));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Route} failed (request {RequestId})")]
    private static partial void LogFailed(ILogger log, Exception error, string method, string? route, string requestId);
}
