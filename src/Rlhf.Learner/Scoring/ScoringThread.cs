using System.Collections.Concurrent;
using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;

namespace Rlhf.Learner.Scoring;

/// <summary>The one thread of this process that scores replies: libtorch blocks, and keeps its scopes per thread, so it is never called
/// in a grain's turns. Thread and trunk come into being with the first work.</summary>
internal sealed class ScoringThread : IDisposable
{
    private readonly BaseModel _model;
    private readonly int _threads;
    private readonly BlockingCollection<Action> _work = [];
    private readonly Lazy<Thread> _thread;
    private (CausalLm Trunk, float[] Embedding)? _opened;

    /// <param name="model">The base model.</param>
    /// <param name="threads">How many parts of a batch are computed side by side.</param>
    public ScoringThread(BaseModel model, int threads)
    {
        _model = model;
        _threads = threads;
        _thread = new Lazy<Thread>(() =>
        {
            var thread = new Thread(Work) { IsBackground = true, Name = "scoring" };
            thread.Start();
            return thread;
        });
    }

    /// <summary>Does some work with the trunk, in the order in which it was asked for.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, before or in the middle.</exception>
    public Task<T> RunAsync<T>(Func<CausalLm, T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(
            () =>
            {
                try
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    done.SetResult(work(Trunk()));
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    done.SetCanceled(cancellationToken);
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            },
            CancellationToken.None);
        _ = _thread.Value;
        return done.Task;
    }

    /// <summary>Ends when the work that was asked for is done. May be called again.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        if (_thread.IsValueCreated)
        {
            _thread.Value.Join();
        }
    }

    private void Work()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }

        _opened?.Trunk.Dispose();
    }

    private CausalLm Trunk()
    {
        if (_opened is null)
        {
            TorchRuntime.Start();
            // The reward models read the embedding themselves; while nobody held it, each would take it from the model's file.
            _opened = (CausalLm.From(_model, threads: _threads), _model.Weights[ModelWeights.Embedding].Values);
        }

        return _opened.Value.Trunk;
    }
}
