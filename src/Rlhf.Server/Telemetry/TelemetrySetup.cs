using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Rlhf.Server.Keys;
using Rlhf.Storage;

namespace Rlhf.Server.Telemetry;

/// <summary>
/// Collects what the rooms measure and say: metrics at <c>/metrics</c> for Prometheus, and everything by OTLP where one of OpenTelemetry's
/// <c>OTEL_EXPORTER_OTLP_…ENDPOINT</c> settings names a collector. The rooms themselves know nothing of it.
/// </summary>
internal static class TelemetrySetup
{
    private static readonly string[] Endpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    /// <summary>Adds collecting and exporting.</summary>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PrometheusReader>();
        builder.Services.AddHostedService<TelemetryCollection>();
        builder.Services.PostConfigure<JsonConsoleFormatterOptions>(json =>
        {
            json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            json.UseUtcTimestamp = true;
            json.IncludeScopes = true; // where a line's trace is named
        });

        var telemetry = new HostTelemetry(builder.Services)
            .ConfigureResource(resource => resource
                .AddService("rlhf", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString())
                .AddEnvironmentVariableDetector()) // OTEL_SERVICE_NAME has the last word
            .WithMetrics(metrics => metrics
                .AddMeter("Rlhf.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                .AddReader(services => services.GetRequiredService<PrometheusReader>()));
        if (Endpoints.Any(endpoint => builder.Configuration[endpoint] is { Length: > 0 }))
        {
            telemetry
                .WithTracing(traces => traces
                    .AddSource("Rlhf.*", "Microsoft.Orleans.Application", RequestSpans.SourceName)
                    .ConfigureSampler((_, chosen) => new TraceRoots(chosen))
                    .AddProcessor(new PrivateSpans()))
                .WithLogging(null, logs => logs.IncludeFormattedMessage = true)
                .UseOtlpExporter();
        }

        return builder;
    }

    /// <summary>Answers Prometheus, and gives requests their names in traces.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        app.UseRequestSpans();
        app.MapGet("/metrics", (PrometheusReader metrics) => TypedResults.Text(metrics.Read(), PrometheusText.ContentType))
            .Takes(KeyRoles.Operate | KeyRoles.Watch)
            .DisableHttpMetrics();
    }

    private sealed class HostTelemetry(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services => services;
    }
}

/// <summary>Begins to collect with the host; the container ends it, and what was not sent yet is sent then.</summary>
internal sealed class TelemetryCollection(IServiceProvider services) : IHostedService, IDisposable
{
    private readonly ActivityListener _identities = new()
    {
        // Also where nothing is exported: the lines that a request logs carry its trace.
        ShouldListenTo = source => source.Name == RequestSpans.SourceName,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
    };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        ActivitySource.AddActivityListener(_identities);
        services.GetService<MeterProvider>();
        services.GetService<TracerProvider>();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _identities.Dispose();
}
