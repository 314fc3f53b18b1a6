using System.Diagnostics;
using Rlhf.Inference;

namespace Rlhf.Benchmarks.Serving;

/// <summary>How long a conversation's next turn waits for its first token, beside the same prompt read from its start.</summary>
internal static class NextTurn
{
    private const int Pairs = 40;
    private const int Known = 360;
    private const int New = 24;

    /// <summary>The median of each, and of the ratio pair by pair.</summary>
    public static async Task<(TimeSpan Anew, TimeSpan NextTurn, double Ratio)> MeasureAsync(BaseModel model, DecodeOptions options)
    {
        using var engine = new DecodeEngine(model, options);
        engine.Load("base", null);
        var random = new Random(1);
        var pairs = new List<(TimeSpan Anew, TimeSpan Next)>();
        for (var pair = 0; pair < Pairs; pair++)
        {
            var turn = Tokens(Known);
            var anew = await FirstTokenAsync([.. turn, .. Tokens(New)]);
            pairs.Add((anew, await FirstTokenAsync([.. turn, .. Tokens(New)])));
        }

        return (Median(pairs.Select(pair => pair.Anew)), Median(pairs.Select(pair => pair.Next)), Median(pairs.Select(pair => pair.Anew / pair.Next)));

        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(1, model.Tokenizer.VocabularySize))];

        async Task<TimeSpan> FirstTokenAsync(int[] prompt)
        {
            var asked = Stopwatch.GetTimestamp();
            await engine.CompleteAsync(new GenerationRequest { Version = "base", Prompt = prompt, MaxTokens = 1 });
            return Stopwatch.GetElapsedTime(asked);
        }
    }

    private static T Median<T>(IEnumerable<T> values) => values.Order().ElementAt(Pairs / 2);
}
