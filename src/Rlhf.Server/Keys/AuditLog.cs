using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Keys;

/// <summary>A line for each thing that an operator does: what, who, from where, and what became of it.</summary>
internal sealed partial class AuditLog(ILoggerFactory logs, TimeProvider time)
{
    private const int Kept = 500;
    private readonly ConcurrentQueue<AuditBody> _recent = new();
    private readonly ILogger _log = logs.CreateLogger("Rlhf.Audit");

    /// <summary>The last lines, newest first.</summary>
    public IReadOnlyList<AuditBody> Recent => [.. _recent.Reverse()];

    /// <summary>Writes the line of a request. Of its path only what is known to be harmless is written: whatever else a
    /// caller puts there could be somebody's words, or forge another line.</summary>
    public void Write(HttpContext http, int status)
    {
        var caller = Caller.Of(http);
        var line = new AuditBody(
            time.GetUtcNow(), http.Request.Method, PathOf(http), caller.Client ?? "anyone", caller.KeyId ?? "no key needed", http.Connection.RemoteIpAddress?.ToString() ?? "a local socket", status);
        LogAction(line.Method, line.Path, line.Client, line.Key, line.Address, line.Status);
        _recent.Enqueue(line);
        while (_recent.Count > Kept)
        {
            _recent.TryDequeue(out _);
        }
    }

    /// <summary>The route, with the version in its place where that may be the name of a version of the model or of its system prompt.</summary>
    private static string PathOf(HttpContext http)
    {
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "an unknown route";
        return http.GetRouteValue("id") is string id && VersionPattern().IsMatch(id) ? route.Replace("{id}", id) : route;
    }

    [GeneratedRegex("^(base|v?[0-9]{1,9})$")]
    private static partial Regex VersionPattern();

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} by {Client} ({Key}) from {Address}: {Status}")]
    private partial void LogAction(string method, string path, string client, string key, string address, int status);
}

/// <summary>Writes the line of each request to an endpoint when its outcome is known.</summary>
internal sealed class AuditFilter(AuditLog audit) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            var result = await next(context);
            audit.Write(context.HttpContext, (result as IStatusCodeHttpResult)?.StatusCode ?? 200);
            return result;
        }
        catch (Exception error)
        {
            audit.Write(context.HttpContext, Failure.Of(error, context.HttpContext).Status);
            throw;
        }
    }
}
