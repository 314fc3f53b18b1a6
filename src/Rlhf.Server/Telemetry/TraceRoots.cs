using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Rlhf.Server.Telemetry;

/// <summary>
/// Lets a trace begin with a request or with a training job, and with nothing else: silos call each other every few seconds for
/// housekeeping, and below a request that is not sampled Orleans would begin anew at every grain.
/// </summary>
/// <param name="chosen">Decides about those: what <c>OTEL_TRACES_SAMPLER</c> names, or all of them.</param>
internal sealed class TraceRoots(Sampler chosen) : Sampler
{
    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.ParentContext != default || samplingParameters.Name is "Microsoft.AspNetCore.Hosting.HttpRequestIn" or "train"
            ? chosen.ShouldSample(samplingParameters)
            : new SamplingResult(SamplingDecision.Drop);
}
