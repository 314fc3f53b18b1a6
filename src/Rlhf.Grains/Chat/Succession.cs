using Rlhf.Contracts;

namespace Rlhf.Grains.Chat;

/// <summary>Has replies that go on from a conversation's last turn come one after the other: each sees the one before it.</summary>
internal sealed class Succession(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private Place? _last;

    /// <summary>Waits until the replies that came before have ended. A request that is sent again takes its own place.</summary>
    /// <returns>The place, to be left when the reply has ended.</returns>
    /// <exception cref="RefusedException">They have not ended in time.</exception>
    public async Task<Place> EnterAsync(string? requestId, CancellationToken cancellationToken)
    {
        var before = _last is null ? Task.CompletedTask : _last.IsOf(requestId) ? _last.Before : _last.Ended;
        var place = _last = new Place(requestId, before);
        try
        {
            await before.WaitAsync(Patience, time, cancellationToken);
            return place;
        }
        catch (TimeoutException)
        {
            place.Dispose();
            throw new RefusedException(
                Refusal.Conflict,
                "Another reply of this conversation is still being drawn, and this request goes on from it: send it again when that one has ended, or name with metadata.parent the reply to go on from.",
                "metadata.conversation_id");
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>A reply's place among the others.</summary>
    public sealed class Place : IDisposable
    {
        private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly string? _requestId;

        public Place(string? requestId, Task before) => (_requestId, Before, Ended) = (requestId, before, Task.WhenAll(before, _left.Task));

        /// <summary>Ends with the replies before this one.</summary>
        public Task Before { get; }

        /// <summary>Ends with this one and all before it: whoever gave up waiting lets nobody pass.</summary>
        public Task Ended { get; }

        public bool IsOf(string? requestId) => requestId is not null && requestId == _requestId;

        public void Dispose() => _left.TrySetResult();
    }
}
