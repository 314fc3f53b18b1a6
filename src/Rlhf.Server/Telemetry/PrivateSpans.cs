using System.Diagnostics;
using OpenTelemetry;

namespace Rlhf.Server.Telemetry;

/// <summary>
/// Keeps in the house what ASP.NET Core and Orleans write on their spans: paths, callers' addresses and grain keys, which are conversations and
/// raters, and messages of exceptions, which name them. Also drops the spans of a stream's later pulls, of which every token has two.
/// </summary>
internal sealed class PrivateSpans : BaseProcessor<Activity>
{
    private static readonly HashSet<string> Harmless =
    [
        "http.request.method", "http.route", "http.response.status_code", "error.type", "exception.type",
        "rpc.system", "rpc.system.name", "rpc.service", "rpc.method", "orleans.rpc.service",
    ];

    private static readonly string[] Pulls = ["IAsyncEnumerableGrainExtension/MoveNext", "IAsyncEnumerableGrainExtension/DisposeAsync"];

    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        if (!data.Source.Name.StartsWith("Microsoft.", StringComparison.Ordinal))
        {
            return;
        }

        if (Pulls.Any(pull => data.OperationName.StartsWith(pull, StringComparison.Ordinal)))
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        data.SetStatus(data.Status); // without a description
        foreach (var (key, _) in data.TagObjects.ToArray())
        {
            if (!Harmless.Contains(key))
            {
                data.SetTag(key, null);
            }
        }
    }
}
