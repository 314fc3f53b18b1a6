using System.Collections.Concurrent;
using System.Diagnostics;
using Rlhf.Benchmarks.Crash;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>An answer that was read to its end.</summary>
/// <param name="Conversation">Where.</param>
/// <param name="Asked">When the request was sent, by <see cref="Stopwatch.GetTimestamp"/>.</param>
/// <param name="Answered">When its answer had come.</param>
internal sealed record Answer(string Conversation, long Asked, long Answered);

/// <summary>What the users sent, what was acknowledged and what failed. Many write at once.</summary>
internal sealed class ClusterJournal
{
    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(10);
    private readonly ConcurrentQueue<Answer> _answers = new();
    private ConcurrentDictionary<string, int> _failed = new();

    /// <summary>The conversations that somebody goes on with.</summary>
    public ConcurrentDictionary<string, bool> Conversations { get; } = new();

    /// <summary>Acknowledged replies by completion id.</summary>
    public ConcurrentDictionary<string, Reply> Replies { get; } = new();

    /// <summary>Thumbs that were sent, by event id.</summary>
    public ConcurrentDictionary<string, Press> Presses { get; } = new();

    /// <summary>What must not be, and was seen by a user.</summary>
    public ConcurrentQueue<string> Doubled { get; } = new();

    /// <summary>What was acknowledged and is refused as unknown.</summary>
    public ConcurrentQueue<string> Lost { get; } = new();

    /// <summary>All failed requests so far.</summary>
    public int Failures { get; private set; }

    public void Add(Reply reply, long asked)
    {
        if (!Replies.TryAdd(reply.Id, reply))
            Doubled.Enqueue($"the id '{reply.Id}' was given to two replies");
        _answers.Enqueue(new Answer(reply.Conversation, asked, Stopwatch.GetTimestamp()));
    }

    public void Fail(string how) => _failed.AddOrUpdate(how, 1, (_, count) => count + 1);

    /// <summary>What failed since the last call, and how often.</summary>
    public IReadOnlyDictionary<string, int> TakeFailures()
    {
        var failed = Interlocked.Exchange(ref _failed, new());
        Failures += failed.Values.Sum();
        return failed;
    }

    /// <summary>Answers that were read to their end since a moment.</summary>
    public int AnswersSince(long moment) => _answers.Count(answer => answer.Answered >= moment);

    /// <summary>The time from a moment until every conversation has answered a request that was sent after it.</summary>
    /// <exception cref="TimeoutException">One does not in time.</exception>
    public async Task<TimeSpan> EveryConversationAnswersAsync(long moment, TimeSpan patience, int conversations)
    {
        while (true)
        {
            var first = _answers.Where(answer => answer.Asked >= moment).GroupBy(answer => answer.Conversation).ToDictionary(answers => answers.Key, answers => answers.Min(answer => answer.Answered));
            if (first.Count == conversations)
                return Stopwatch.GetElapsedTime(moment, first.Values.Max());
            if (Stopwatch.GetElapsedTime(moment) > patience)
                throw new TimeoutException($"{string.Join(", ", Conversations.Keys.Except(first.Keys))} did not answer within {patience.TotalSeconds:F0} s.");
            await Task.Delay(s_betweenLooks);
        }
    }
}
