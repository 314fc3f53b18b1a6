using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Inference;
using Rlhf.Inference.Tests.Constraints;

namespace Rlhf.Benchmarks.Schemas;

/// <summary>
/// What it costs to hold replies to a JSON schema, and whether all of them are: a model of random weights, which knows nothing of JSON, draws
/// for 20 schemas, and a validator that knows nothing of the engine reads. Each measurement draws as many tokens once more, for the same
/// prompts and without a schema.
/// </summary>
internal static class SchemaBench
{
    private const int PromptTokens = 16;
    private const int MostTokens = 200;
    private const int Batch = 16;
    private const double Temperature = 1.5;
    private const string Version = "v0";

    /// <summary>The command that asks for it.</summary>
    public static Command Command()
    {
        var replies = CommonOptions.Number("--replies", "Replies in all, over 20 schemas.", 1000, 20, 1_000_000);
        var threads = CommonOptions.Number("--threads", "Threads.", 2, 1, 256);
        var runs = CommonOptions.Number("--runs", "How often the cost is measured.", 7, 1, 1000);
        var json = CommonOptions.Json();
        var command = new Command("schema", "Replies that are held to JSON schemas: how many hold, and what it costs.") { replies, threads, runs, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(replies), parsed.GetValue(threads), parsed.GetValue(runs), parsed.GetValue(json)?.FullName));
        return command;
    }

    private static async Task<int> RunAsync(int replies, int threads, int runs, string? json)
    {
        ModelConfig config = BenchModel.Reference.Config with { EosTokenIds = [] };
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Training", "tokenizer.json"));
        var model = new BaseModel(config, tokenizer, ModelWeights.Random(config, seed: 1));
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = threads, MaxBatch = Batch });
        engine.Load(Version, adapter: null);

        (int finished, int valid) = await CountAsync(engine, replies);
        Console.WriteLine(Text($"{replies:N0} replies to {Samples.All.Count} schemas at temperature {Temperature}: {finished:N0} ended, of which {valid:N0} hold to their schema; {replies - finished:N0} were cut at {MostTokens} tokens"));

        // Numbers of prompts go on, so that no prompt is known from before.
        int prompt = replies;
        var plain = new List<double>();
        var held = new List<double>();
        double first = 0;
        for (int run = -1; run < runs; run++)
        {
            ProgressLine.Show(run + 1, runs + 1, $"batch {Batch}");
            IReadOnlyList<ReplyFormat> formats = run < 0 ? [.. Samples.All.Select(Fresh)] : [.. Samples.All.Select(ReplyFormat.Of)];
            GenerationRequest[] requests = [.. Enumerable.Range(0, 5 * Batch).Select(i => Request(prompt++, formats[i % formats.Count]))];
            (double heldSeconds, Generation[] drawn) = await DrawAsync(engine, requests);
            GenerationRequest[] twins = [.. requests.Select((request, i) => Request(prompt++, null) with { MaxTokens = drawn[i].Tokens.Length })];
            (double plainSeconds, Generation[] twin) = await DrawAsync(engine, twins);
            int tokens = drawn.Sum(reply => reply.Tokens.Length);
            if (run < 0)
            {
                first = plainSeconds / heldSeconds;
                continue;
            }

            held.Add(tokens / heldSeconds);
            plain.Add(twin.Sum(reply => reply.Tokens.Length) / plainSeconds);
        }

        ProgressLine.Hide();
        Spread ratio = Spread.Of(held.Zip(plain, (with, without) => with / without));
        Console.WriteLine(Text($"batch {Batch}, {threads} threads: {Spread.Of(held).Median:N0} tokens/s held to a schema, {Spread.Of(plain).Median:N0} without, ratio {ratio.Median:0.000} ({ratio.Low:0.000} - {ratio.High:0.000}); with schemas never seen before {first:0.000}"));
        if (json is not null)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new
            {
                replies,
                finished,
                valid,
                cut = replies - finished,
                batch = Batch,
                threads,
                tokens_per_s = Spread.Of(held).Median,
                unmasked_tokens_per_s = Spread.Of(plain).Median,
                ratio = ratio.Median,
                ratio_low = ratio.Low,
                ratio_high = ratio.High,
                ratio_first = first,
            }));
        }

        return finished == valid ? 0 : 1;
    }

    private static async Task<(int Finished, int Valid)> CountAsync(DecodeEngine engine, int replies)
    {
        (int finished, int valid) = (0, 0);
        for (int done = 0; done < replies; done += Batch)
        {
            ProgressLine.Show(done, replies, "replies");
            int[] some = [.. Enumerable.Range(done, Math.Min(Batch, replies - done))];
            (_, Generation[] drawn) = await DrawAsync(engine, [.. some.Select(i => Request(i, ReplyFormat.Of(Samples.All[i % Samples.All.Count])))]);
            foreach ((int index, Generation reply) in some.Zip(drawn))
            {
                if (reply.Finish != FinishReason.Stop)
                    continue;
                finished++;
                string text = engine.Model.Tokenizer.Decode(reply.Tokens);
                if (PlainValidator.Holds(Samples.All[index % Samples.All.Count], text))
                    valid++;
                else
                    Console.Error.WriteLine($"does not hold: {text}");
            }
        }

        ProgressLine.Hide();
        return (finished, valid);
    }

    private static async Task<(double Seconds, Generation[] Replies)> DrawAsync(DecodeEngine engine, GenerationRequest[] requests)
    {
        long start = Stopwatch.GetTimestamp();
        Generation[] replies = await Task.WhenAll(requests.Select(request => engine.CompleteAsync(request)));
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, replies);
    }

    private static GenerationRequest Request(int prompt, ReplyFormat? format)
    {
        var random = new Random(prompt);
        return new GenerationRequest
        {
            Version = Version,
            Prompt = [.. Enumerable.Range(0, PromptTokens).Select(_ => random.Next(5, 4096))],
            MaxTokens = MostTokens,
            Sampling = new SamplingOptions { Seed = (ulong)prompt, Temperature = Temperature },
            Format = format,
        };
    }

    // The same schema by another text: nothing is known of it.
    private static ReplyFormat Fresh(string schema) => ReplyFormat.Of(schema + " ");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
