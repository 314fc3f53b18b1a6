using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rlhf.Inference;

namespace Rlhf.Benchmarks;

/// <summary>Tokens per second of the decode engine on the design's reference model with random weights.</summary>
internal static class Decode
{
    private const int Runs = 5;
    private const int PromptTokens = 16;
    private const int ReplyTokens = 192;

    private static readonly ModelConfig Reference = new()
    {
        HiddenSize = 256,
        IntermediateSize = 1024,
        Layers = 6,
        Heads = 8,
        KeyValueHeads = 4,
        HeadSize = 32,
        VocabularySize = 4096,
        ContextLength = 256,
    };

    /// <summary>4.5 M parameters: about the size of the demo model.</summary>
    private static readonly ModelConfig Small = Reference with { IntermediateSize = 640 };

    /// <summary>Runs every batch with every number of threads; <c>--json FILE</c> keeps the figures.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string? json = arguments is ["--json", string file, ..] ? file : null;
        var rows = new List<object>();
        Console.WriteLine("model         parameters  batch  threads  versions  tokens/s  (lowest - highest of 5)  weights read, GB/s");
        foreach ((string name, ModelConfig config) in ((string, ModelConfig)[])[("reference", Reference), ("small", Small)])
        {
            BaseModel model = Model(config);
            foreach (int threads in (int[])[1, 2])
            {
                foreach ((int batch, bool adapters) in ((int, bool)[])[(1, false), (4, false), (16, false), (64, false), (1, true), (64, true)])
                {
                    double[] rates = await MeasureAsync(model, threads, batch, adapters);
                    double rate = rates[Runs / 2];
                    double bandwidth = rate / batch * config.ParameterCount * sizeof(float) / 1e9;
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{name,-12}  {config.ParameterCount,10:N0}  {batch,5}  {threads,7}  {(adapters ? "4 LoRAs" : "trunk"),8}  {rate,8:N0}  ({rates[0]:N0} - {rates[^1]:N0})  {bandwidth:F1}"));
                    rows.Add(new { model = name, batch, threads, adapters, type = "float32", tokens_per_s = rate, lowest = rates[0], highest = rates[^1] });
                }
            }
        }

        if (json is not null)
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { decode = rows }));
        return 0;
    }

    private static async Task<double[]> MeasureAsync(BaseModel model, int threads, int batch, bool adapters)
    {
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = threads, MaxBatch = batch });
        for (int version = 0; version < 4; version++)
            engine.Load($"v{version}", adapters ? Adapter(model.Config, version) : null);
        var rates = new double[Runs];
        for (int run = -1; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            Generation[] replies = await Task.WhenAll(Enumerable.Range(0, batch).Select(i => engine.CompleteAsync(Request(i))));
            // The first run warms caches and compiler.
            if (run >= 0)
                rates[run] = replies.Sum(reply => reply.Tokens.Length) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(rates);
        return rates;
    }

    private static GenerationRequest Request(int index) => new()
    {
        Version = $"v{index % 4}",
        Prompt = [.. Enumerable.Range(0, PromptTokens).Select(i => (index * 31 + i * 7) % 256)],
        MaxTokens = ReplyTokens,
        Sampling = new SamplingOptions { Seed = (ulong)index },
    };

    private static BaseModel Model(ModelConfig config) => new(config, BpeTrainer.Train([], 261, ChatTemplate.Specials), ModelWeights.Random(config, seed: 1));

    private static LoraAdapter Adapter(ModelConfig config, int seed)
    {
        const int rank = 8;
        var random = new Random(seed);
        var modules = new Dictionary<string, LoraPair>();
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (string projection in Projections.All)
            {
                (int outputs, int inputs) = Projections.Size(config, projection);
                modules.Add(Projections.Path(layer, projection), new LoraPair(Noise(rank, inputs), Noise(outputs, rank)));
            }
        }

        return new LoraAdapter(rank, 2 * rank, modules);

        WeightTensor Noise(int rows, int columns) => new([.. Enumerable.Range(0, rows * columns).Select(_ => (random.NextSingle() - 0.5f) * 0.02f)], rows, columns);
    }
}
