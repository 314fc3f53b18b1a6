using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Torch;

/// <summary>
/// Threads that each compute parts of a batch, whose operators have one thread (<see cref="TorchRuntime.Start"/>). Where there is to be one
/// thread, or the work is a GPU's, the caller computes the parts itself.
/// </summary>
internal sealed class TorchWorkers : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private Thread[] _threads = [];

    /// <param name="device">Where the work is done.</param>
    /// <param name="threads">How many there are to be.</param>
    public TorchWorkers(Device device, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        OnProcessor = device.type == DeviceType.CPU;
        Threads = threads;
    }

    /// <summary>Whether parts are computed on the processor, side by side where it has the threads.</summary>
    public bool OnProcessor { get; }

    /// <summary>How many threads there are.</summary>
    public int Threads { get; }

    /// <summary>As many cores for what is no tensor work.</summary>
    public ParallelOptions Cores(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = Threads, CancellationToken = cancellationToken };

    /// <summary>Computes parts and returns their results in order. Tensors in them belong to no scope of the caller's.</summary>
    public TResult[] Run<TPart, TResult>(IReadOnlyList<TPart> parts, Func<TPart, TResult> compute) =>
        OnProcessor && Threads > 1 && parts.Count > 1 ? SideBySide(parts, compute) : [.. parts.Select(compute)];

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (var thread in _threads)
            thread.Join();
        _work.Dispose();
    }

    private TResult[] SideBySide<TPart, TResult>(IReadOnlyList<TPart> parts, Func<TPart, TResult> compute)
    {
        Start();
        var results = new TResult[parts.Count];
        ExceptionDispatchInfo? failure = null;
        using var left = new CountdownEvent(parts.Count);
        for (var i = 0; i < parts.Count; i++)
        {
            var part = i;
            _work.Add(() =>
            {
                try
                {
                    results[part] = compute(parts[part]);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
                }
                finally
                {
                    left.Signal();
                }
            });
        }

        left.Wait();
        failure?.Throw();
        return results;
    }

    private void Start()
    {
        if (_threads.Length > 0)
            return;
        _threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"learner {i}" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    private void Work()
    {
        TorchRuntime.OneThread();
        foreach (var work in _work.GetConsumingEnumerable())
            work();
    }
}
