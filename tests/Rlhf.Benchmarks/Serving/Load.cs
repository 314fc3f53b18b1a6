using System.Diagnostics;

namespace Rlhf.Benchmarks.Serving;

/// <summary>One streamed reply as its reader saw it.</summary>
/// <param name="FirstToken">From the question to the first token.</param>
/// <param name="Gaps">From each arrival of tokens to the next.</param>
/// <param name="Tokens">Tokens in all.</param>
internal sealed record StreamedReply(TimeSpan FirstToken, IReadOnlyList<TimeSpan> Gaps, int Tokens);

/// <summary>What a number of readers saw.</summary>
/// <param name="FirstTokens">Of every reply.</param>
/// <param name="Gaps">Of all replies.</param>
/// <param name="TokensPerReply">The mean.</param>
/// <param name="TokensPerSecond">Of all readers together.</param>
/// <param name="Processor">The processor's time that the answering process took, a token: what a busy machine changes least.</param>
internal sealed record LoadFigures(IReadOnlyList<TimeSpan> FirstTokens, IReadOnlyList<TimeSpan> Gaps, double TokensPerReply, double TokensPerSecond, TimeSpan Processor);

/// <summary>Readers side by side, each of whom asks again as soon as a reply is over.</summary>
internal static class Load
{
    /// <summary>Lets them ask for a while; replies that have begun are read to their end.</summary>
    /// <param name="readers">How many.</param>
    /// <param name="time">How long they ask.</param>
    /// <param name="answering">Who answers.</param>
    /// <param name="ask">Asks for the n-th reply.</param>
    public static async Task<LoadFigures> RunAsync(int readers, TimeSpan time, Process answering, Func<int, Task<StreamedReply>> ask)
    {
        var asked = 0;
        answering.Refresh();
        var processor = answering.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var replies = (await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => Task.Run(ReadAsync)))).SelectMany(reply => reply).ToList();
        var seconds = clock.Elapsed.TotalSeconds;
        answering.Refresh();
        var tokens = replies.Sum(reply => reply.Tokens);
        return new LoadFigures(
            [.. replies.Select(reply => reply.FirstToken)],
            [.. replies.SelectMany(reply => reply.Gaps)],
            (double)tokens / replies.Count,
            tokens / seconds,
            (answering.TotalProcessorTime - processor) / tokens);

        async Task<List<StreamedReply>> ReadAsync()
        {
            var read = new List<StreamedReply>();
            while (clock.Elapsed < time)
                read.Add(await ask(Interlocked.Increment(ref asked)));
            return read;
        }
    }
}
