using System.Diagnostics;
using Rlhf.Inference;

namespace Rlhf.Benchmarks.Serving;

/// <summary>The decode engine by itself, asked in this process what the server is asked over HTTP.</summary>
internal sealed class BareEngine : IDisposable
{
    private const string Version = "live";
    private readonly BaseModel _model;
    private readonly DecodeEngine _engine;

    public BareEngine(BaseModel model, LoraAdapter adapter, DecodeOptions options)
    {
        _model = model;
        _engine = new DecodeEngine(model, options);
        _engine.Load(Version, adapter);
    }

    public async Task<StreamedReply> AskAsync(int n)
    {
        var asked = Stopwatch.GetTimestamp();
        TimeSpan? first = null;
        var gaps = new List<TimeSpan>();
        var tokens = 0;
        var last = asked;
        await foreach (var burst in _engine.GenerateAsync(Request(n)))
        {
            tokens += burst.Tokens.Count;
            if (first is null)
                first = Stopwatch.GetElapsedTime(asked);
            else
                gaps.Add(Stopwatch.GetElapsedTime(last));
            last = Stopwatch.GetTimestamp();
        }

        return new StreamedReply(first!.Value, gaps, tokens);
    }

    public void Dispose() => _engine.Dispose();

    private GenerationRequest Request(int n) => new()
    {
        Version = Version,
        Prompt = _model.Template.Render([("system", Orders.System), ("user", Orders.User(n))], openAssistant: true),
        MaxTokens = Orders.MaxTokens,
        Sampling = new SamplingOptions { Temperature = Orders.Temperature, Seed = (ulong)n },
        Client = $"conversation {n}",
    };
}
