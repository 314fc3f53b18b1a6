using System.Diagnostics;
using Rlhf.Inference;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>The decode engine as a server uses it: requests in, tokens out, sampling included.</summary>
internal sealed class OurDecode : IDisposable
{
    private const string Version = "v0";

    private readonly DecodeEngine _engine;
    private int _prompts;

    public OurDecode(BaseModel model, int threads, WeightPrecision weights, int promptTokensPerStep = 64)
    {
        _engine = new DecodeEngine(model, new DecodeOptions { Threads = threads, Weights = weights, PromptTokensPerStep = promptTokensPerStep });
        _engine.Load(Version, adapter: null);
    }

    /// <summary>Seconds to draw replies to a batch of prompts.</summary>
    public async Task<double> DecodeAsync(int batch, int promptTokens, int replyTokens)
    {
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, batch).Select(_ => _engine.CompleteAsync(Request(promptTokens, replyTokens))));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose() => _engine.Dispose();

    // Never the same prompt twice: what was computed for one must not serve another.
    private GenerationRequest Request(int promptTokens, int replyTokens)
    {
        var random = new Random(++_prompts);
        return new GenerationRequest
        {
            Version = Version,
            Prompt = [.. Enumerable.Range(0, promptTokens).Select(_ => random.Next(256))],
            MaxTokens = replyTokens,
            Sampling = new SamplingOptions { Seed = (ulong)_prompts },
        };
    }
}
