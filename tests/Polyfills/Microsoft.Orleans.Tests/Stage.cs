using System.Collections.Concurrent;

namespace Orleans.Tests;

/// <summary>Lets a test and its grains meet: named gates that one opens and the other waits for, and a log of what happened.</summary>
public sealed class Stage
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly ConcurrentQueue<string> _log = new();

    public string[] Log => [.. _log];

    public void Note(string what) => _log.Enqueue(what);

    public void Open(string gate) => Gate(gate).TrySetResult();

    /// <summary>Ends when the gate is open; a test that waits in vain fails instead of hanging.</summary>
    public Task Wait(string gate, CancellationToken token = default) => Gate(gate).Task.WaitAsync(s_patience, token);

    private TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
