using Microsoft.Extensions.Hosting;
using Rlhf.Contracts;

namespace Rlhf.Grains.Chat;

/// <summary>The replies that this process's conversations are giving. When it stops they are finished, and no new one
/// begins: it is refused in a way that another silo, or this one's successor, is asked.</summary>
public sealed class RepliesUnderWay : IHostedService
{
    private readonly Lock _counting = new();
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _closing;

    /// <summary>Counts a reply until its <see cref="End"/>.</summary>
    /// <exception cref="RefusedException">The process is about to end.</exception>
    public void Begin()
    {
        lock (_counting)
        {
            if (_closing)
            {
                throw new RefusedException(Refusal.Unavailable, "This conversation's server is about to end; ask again, and another one goes on with it.");
            }

            _count++;
        }
    }

    /// <summary>A reply has ended, one way or the other.</summary>
    public void End()
    {
        lock (_counting)
        {
            if (--_count == 0 && _closing)
            {
                _none.SetResult();
            }
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns when the last reply has ended, or the host's patience has.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_counting)
        {
            _closing = true;
            return _count == 0 ? Task.CompletedTask : _none.Task.WaitAsync(cancellationToken);
        }
    }
}
