using System.Reflection;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Rlhf.Server.Keys;

namespace Rlhf.Server.Telemetry;

/// <summary>
/// Collects what the rooms measure and say: metrics at <c>/metrics</c> for Prometheus, and everything by OTLP where one of OpenTelemetry's
/// <c>OTEL_EXPORTER_OTLP_…ENDPOINT</c> settings names a collector. The rooms themselves know nothing of it.
/// </summary>
internal static class TelemetrySetup
{
    private static readonly string[] Endpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    private static readonly PathString[] Quiet = ["/health", "/metrics"];

    /// <summary>Adds collecting and exporting.</summary>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.PostConfigure<JsonConsoleFormatterOptions>(json =>
        {
            json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            json.UseUtcTimestamp = true;
            json.IncludeScopes = true; // where a line's trace is named
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("rlhf", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString())
                .AddEnvironmentVariableDetector()) // OTEL_SERVICE_NAME has the last word
            .WithMetrics(metrics => metrics
                .AddMeter("Rlhf.*", "Microsoft.Orleans")
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0));
        if (Endpoints.Any(endpoint => builder.Configuration[endpoint] is { Length: > 0 }))
        {
            telemetry
                .WithTracing(traces => traces
                    .AddAspNetCoreInstrumentation(requests => requests.Filter = IsOfInterest)
                    .AddSource("Rlhf.*", "Microsoft.Orleans.Application")
                    .ConfigureSampler((_, chosen) => new TraceRoots(chosen))
                    .AddProcessor(new PrivateSpans()))
                .WithLogging(null, logs => logs.IncludeFormattedMessage = true)
                .UseOtlpExporter();
        }
        else
        {
            // Nothing is recorded, but the lines that a request logs carry its trace.
            telemetry.WithTracing(traces => traces.AddSource("Microsoft.AspNetCore").SetSampler(new AlwaysOffSampler()));
        }

        return builder;
    }

    /// <summary>Answers Prometheus.</summary>
    /// <param name="app">The server.</param>
    /// <param name="keyed">Whether a key is asked for.</param>
    public static void MapMetrics(this WebApplication app, bool keyed)
    {
        var metrics = app.MapPrometheusScrapingEndpoint("/metrics").DisableHttpMetrics();
        if (keyed)
        {
            metrics.RequireAuthorization(KeyPolicies.Watch);
        }
    }

    /// <summary>What is asked for every few seconds is of interest to nobody.</summary>
    private static bool IsOfInterest(HttpContext http) => !Quiet.Any(path => http.Request.Path.StartsWithSegments(path));
}
