using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>The decode engine's figures for whoever collects metrics.</summary>
/// <param name="engine">The engine.</param>
/// <param name="bestOf">What chooses among replies.</param>
internal sealed class ServingMeter(DecodeEngine engine, BestOfN bestOf) : IHostedService, IDisposable
{
    private readonly Meter _meter = new("Rlhf.Serving", version: null, tags: null, scope: engine);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _meter.CreateObservableGauge("rlhf.serving.replies.running", () => engine.Running, "{reply}", "Replies that are being drawn.");
        _meter.CreateObservableGauge("rlhf.serving.replies.waiting", () => engine.Waiting, "{reply}", "Replies that wait for a place.");
        _meter.CreateObservableCounter("rlhf.serving.steps", () => engine.Steps, "{step}", "Steps of the decode engine.");
        _meter.CreateObservableCounter("rlhf.serving.tokens", () => engine.Tokens, "{token}", "Tokens that were drawn.");
        _meter.CreateObservableCounter("rlhf.serving.candidates", () => bestOf.Drawn, "{reply}", "Replies that were drawn so that the best of several is given.");
        _meter.CreateObservableGauge("rlhf.serving.cache.size", () => engine.Cache.Bytes, "By", "Memory of keys and values.");
        _meter.CreateObservableGauge("rlhf.serving.cache.kept", () => engine.Cache.KeptBytes, "By", "The part of it that finished replies left for whoever goes on from them.");
        _meter.CreateObservableCounter("rlhf.serving.cache.hits", () => engine.Cache.Hits, "{prompt}", "Prompts whose beginning was known.");
        _meter.CreateObservableCounter("rlhf.serving.cache.evictions", () => engine.Cache.Evictions, "{reply}", "Finished replies that were forgotten to make room.");
        _meter.CreateObservableCounter("rlhf.serving.prompts", () => engine.Cache.Prompts, "{prompt}", "Prompts.");
        _meter.CreateObservableCounter("rlhf.serving.prompt.tokens", () => engine.Cache.PromptTokens, "{token}", "Tokens of all prompts.");
        _meter.CreateObservableCounter("rlhf.serving.prompt.tokens.reused", () => engine.Cache.ReusedTokens, "{token}", "Those that did not have to be computed.");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _meter.Dispose();
}
