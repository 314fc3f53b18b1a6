using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Training;

/// <summary>
/// Threads that each compute a part of a batch, with operators of one thread. Beside the large products an operator splits badly over
/// threads, so whole parts side by side take three quarters of the time that split operators take. Where there is to be one thread, or the
/// work is a GPU's, the caller computes the parts itself.
/// </summary>
internal sealed class TorchWorkers : IDisposable
{
    private readonly int _count;
    private readonly BlockingCollection<Action> _work = [];
    private Thread[] _threads = [];

    /// <param name="device">Where the work is done.</param>
    /// <param name="threads">How many there are to be.</param>
    public TorchWorkers(Device device, int threads)
    {
        OnProcessor = device.type == DeviceType.CPU;
        _count = threads;
    }

    /// <summary>Whether parts are computed on the processor, side by side where it has the threads.</summary>
    public bool OnProcessor { get; }

    /// <summary>Computes parts and returns their results in order. Tensors in them belong to no scope of the caller's.</summary>
    public TResult[] Run<TPart, TResult>(IReadOnlyList<TPart> parts, Func<TPart, TResult> compute)
    {
        if (!OnProcessor || parts.Count < 2)
            return [.. parts.Select(compute)];

        var own = get_num_threads();
        try
        {
            return _count == 1 ? Here(parts, compute) : SideBySide(parts, compute);
        }
        finally
        {
            // Some libraries keep the number for the whole process, and the workers have set it to one.
            TorchRuntime.Use(own);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (var thread in _threads)
            thread.Join();
        _work.Dispose();
    }

    // A product that is split over threads may round otherwise, so that here, too, operators have one.
    private static TResult[] Here<TPart, TResult>(IReadOnlyList<TPart> parts, Func<TPart, TResult> compute)
    {
        TorchRuntime.Use(1);
        return [.. parts.Select(compute)];
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
        _threads = [.. Enumerable.Range(0, _count).Select(i => new Thread(Work) { IsBackground = true, Name = $"learner {i}" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    private void Work()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            TorchRuntime.Use(1);
            work();
        }
    }
}
