using System.Globalization;
using System.Text.Json;
using Rlhf.Inference;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>
/// Tokens per second of the decode engine beside what the machine could do: reading the weights once a step, and arithmetic at OpenBLAS's
/// rate. With <c>--compare pytorch</c> the same model in PyTorch runs in turn with it, pair by pair.
/// </summary>
internal static class Decode
{
    private const int PromptTokens = 16;
    private const int ReplyTokens = 192;

    /// <summary>A model that fits no cache takes longer, and needs less to say the same.</summary>
    private const int LargeReplyTokens = 32;

    private const int FewSequences = 4;
    private const int PrefillPrompts = 8;
    private const int PrefillTokens = 240;

    /// <summary>Prints a line for each measurement; <c>--json FILE</c> keeps them.</summary>
    public static async Task<int> RunAsync(DecodeArguments asked)
    {
        var rows = new List<DecodeRow>();
        var prefills = new List<object>();
        int all = asked.Models.Count * asked.Threads.Count * asked.Precisions.Count * (asked.Batches.Count + 1);
        int done = 0;
        Console.WriteLine("model      type      threads  batch  tokens/s (lowest - highest)  of bandwidth (low - high)  of GEMM rate  PyTorch, tokens/s  ratio (lowest - highest)");
        foreach (BenchModel model in asked.Models)
        {
            BaseModel weights = model.Make();
            foreach (int threads in asked.Threads)
            {
                double? flops = OpenBlas.Measure(threads);
                using PyTorchScript? torch = asked.Compare ? new PyTorchScript("Decoding/decode_pytorch.py", model.Config, threads) : null;
                foreach (WeightPrecision precision in asked.Precisions)
                {
                    using var memory = new ReadRate(model.Bytes(precision), threads);
                    using var engine = new OurDecode(weights, threads, precision);
                    foreach (int batch in asked.Batches)
                    {
                        ProgressLine.Show(done++, all, $"{model.Name}, {DecodeArguments.Name(precision)}, {threads} threads, batch {batch}");
                        DecodeRow row = await MeasureAsync(model, precision, batch, threads, flops, engine, memory, torch, asked.Runs);
                        rows.Add(row);
                        ProgressLine.Hide();
                        Print(row);
                    }

                    ProgressLine.Show(done++, all, $"{model.Name}, {DecodeArguments.Name(precision)}, {threads} threads, prompts");
                    Spread prefill = await PrefillAsync(weights, precision, threads, asked.Runs);
                    ProgressLine.Hide();
                    PrintPrefill(model, precision, threads, prefill, flops);
                    prefills.Add(new
                    {
                        model = model.Name,
                        type = DecodeArguments.Name(precision),
                        threads,
                        prompt_tokens_per_s = prefill.Median,
                        gemm_share = prefill.Median * 2 * model.LayerWeights / flops,
                    });
                }
            }
        }

        if (asked.Json is not null)
        {
            await File.WriteAllTextAsync(asked.Json, JsonSerializer.Serialize(new
            {
                decode = rows.Where(row => row.Model == BenchModel.Reference).Select(row => row.Json),
                decode_gpt2 = rows.Where(row => row.Model == BenchModel.Gpt2).Select(row => row.Json),
                prefill = prefills,
            }));
        }

        return 0;
    }

    private static async Task<DecodeRow> MeasureAsync(
        BenchModel model, WeightPrecision precision, int batch, int threads, double? flops, OurDecode engine, ReadRate memory, PyTorchScript? torch, int runs)
    {
        int reply = model == BenchModel.Reference ? ReplyTokens : LargeReplyTokens;
        // Few sequences are soon drawn, and threads that have slept take some milliseconds to find cores of their own.
        int inTurn = Math.Max(1, FewSequences / batch);
        var ours = new List<double>();
        var theirs = new List<double>();
        var shares = new List<double>();
        // The first of each warms caches and compiler.
        for (int run = -1; run < runs; run++)
        {
            double read = memory.Measure();
            double ourSeconds = 0;
            for (int i = 0; i < inTurn; i++)
                ourSeconds += await engine.DecodeAsync(batch, PromptTokens, reply);
            double theirSeconds = 0;
            for (int i = 0; i < inTurn && torch is not null; i++)
                theirSeconds += torch.Ask("decode", batch, PromptTokens, reply);
            double our = inTurn * batch * reply / ourSeconds;
            double their = inTurn * batch * reply / theirSeconds;
            if (run < 0)
                continue;
            ours.Add(our);
            shares.Add(our / batch * model.Bytes(precision) / read);
            theirs.Add(their);
        }

        return new DecodeRow(
            model, precision, batch, threads, Spread.Of(ours), Spread.Of(shares), flops,
            torch is null ? null : Spread.Of(theirs),
            torch is null ? null : Spread.Of(ours.Zip(theirs, (our, their) => our / their)));
    }

    // Prompts without replies, in steps as large as OpenBLAS would be asked to take.
    private static async Task<Spread> PrefillAsync(BaseModel model, WeightPrecision precision, int threads, int runs)
    {
        using var engine = new OurDecode(model, threads, precision, promptTokensPerStep: PrefillTokens);
        var rates = new List<double>();
        for (int run = -1; run < runs; run++)
        {
            double rate = PrefillPrompts * PrefillTokens / await engine.DecodeAsync(PrefillPrompts, PrefillTokens, replyTokens: 1);
            if (run >= 0)
                rates.Add(rate);
        }

        return Spread.Of(rates);
    }

    private static void Print(DecodeRow row)
    {
        string torch = row is { PyTorch: { } rate, Ratio: { } ratio } ? Text($"{rate.Median,17:N0}  {ratio.Median:0.00} ({ratio.Low:0.00} - {ratio.High:0.00})") : "";
        Console.WriteLine(Text(
            $"{row.Model.Name,-9}  {DecodeArguments.Name(row.Precision),-8}  {row.Threads,7}  {row.Batch,5}  {$"{Text($"{row.Rate.Median:N0} ({row.Rate.Low:N0} - {row.Rate.High:N0})")}",27}  {Shares(row.BandwidthShare),25}  {row.GemmShare,12:P0}  {torch}"));
    }

    private static void PrintPrefill(BenchModel model, WeightPrecision precision, int threads, Spread rate, double? flops) => Console.WriteLine(Text(
        $"{model.Name,-9}  {DecodeArguments.Name(precision),-8}  {threads,7}  prompts, tokens/s: {rate.Median:N0} ({rate.Low:N0} - {rate.High:N0}), {rate.Median * 2 * model.LayerWeights / flops:P0} of OpenBLAS's {flops / 1e9:N0} GFLOP/s"));

    private static string Shares(Spread share) => Text($"{share.Median:P0} ({share.Low:P0} - {share.High:P0})");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
