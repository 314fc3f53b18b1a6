using System.Collections.Concurrent;
using Rlhf.Server.Feedback;

namespace Rlhf.Benchmarks.Crash;

/// <summary>A reply that a client has read to its end.</summary>
/// <param name="Id">The completion's id.</param>
/// <param name="Conversation">The conversation's id.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Text">What was answered.</param>
/// <param name="Version">The version that answered.</param>
/// <param name="Durable">Whether the server said that it is stored.</param>
internal sealed record Reply(string Id, string Conversation, string Question, string Text, string Version, bool Durable);

/// <summary>A thumb that was sent, perhaps several times; <paramref name="Up"/> is null where it takes one back.</summary>
internal sealed record Press(string Key, Reply Reply, string Rater, bool? Up, string? Comment, IReadOnlyList<string> Tags)
{
    private int _acknowledged;
    private int _notFound;

    /// <summary>The event's id in the ledger.</summary>
    public string EventId => IdempotencyKey.EventId(client: null, Rater, Key);

    public bool Acknowledged => Volatile.Read(ref _acknowledged) > 0;

    /// <summary>Whether it was refused because there was no thumb to take back.</summary>
    public bool NotFound => Volatile.Read(ref _notFound) > 0;

    public void Acknowledge() => Interlocked.Increment(ref _acknowledged);

    public void Miss() => Interlocked.Increment(ref _notFound);
}

/// <summary>Recorded thumbs that were sent together.</summary>
internal sealed record Batch(string Name, IReadOnlyList<bool> Thumbs)
{
    public bool Acknowledged { get; set; }

    public string ItemId(int index) => $"{Name}-{index}";

    public string EventId(int index) => $"import/{ItemId(index)}";

    public string Completion(int index) => $"Reply {index} of {Name}, {(Thumbs[index] ? "a good one" : "a bad one")}.";
}

/// <summary>What the clients sent and what the server acknowledged, over all rounds. Many clients write at once.</summary>
internal sealed class Journal
{
    private int _refused;

    /// <summary>Every question with the number of replies that were asked for.</summary>
    public ConcurrentDictionary<string, int> Asked { get; } = new();

    /// <summary>Replies by completion id.</summary>
    public ConcurrentDictionary<string, Reply> Replies { get; } = new();

    /// <summary>Thumbs by event id.</summary>
    public ConcurrentDictionary<string, Press> Presses { get; } = new();

    /// <summary>Batches by name.</summary>
    public ConcurrentDictionary<string, Batch> Batches { get; } = new();

    /// <summary>What is to be erased, by conversation.</summary>
    public ConcurrentDictionary<string, Secret> Secrets { get; } = new();

    /// <summary>The number of the last job that the server said it had started.</summary>
    public int LastJob { get; set; }

    /// <summary>Conversations that a reply was asked for in, since <see cref="TakeTouched"/>.</summary>
    private ConcurrentDictionary<string, bool> Touched { get; set; } = new();

    /// <summary>Requests that were refused because the store did not answer.</summary>
    public int Refused => _refused;

    public void Touch(string conversation) => Touched[conversation] = true;

    /// <summary>Whether the reply is still what its id names.</summary>
    public bool Knows(Reply reply) => Replies.TryGetValue(reply.Id, out var known) && known.Question == reply.Question;

    /// <summary>The conversations since the last call. Replies that only the killed server's memory may have held are
    /// forgotten: their ids may come again.</summary>
    public IReadOnlyCollection<string> TakeTouched()
    {
        foreach (var reply in Replies.Values.Where(reply => !reply.Durable))
            Replies.TryRemove(reply.Id, out _);

        var touched = Touched;
        Touched = new();
        return [.. touched.Keys];
    }

    public void Refuse() => Interlocked.Increment(ref _refused);
}
