using Orleans;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Chat;

/// <summary>A conversation whose state can't be read: nobody can say whose it is, so that nothing is done with it but to erase it.</summary>
public sealed partial class ConversationGrain : IIncomingGrainCallFilter
{
    // The lost state may have known numbers of replies that were given up. Nobody gives up this many in one conversation.
    private const int NumbersLost = 1_000_000;

    private bool IsDamaged => header.State.Damage is not null;

    /// <summary>Lets calls through. While the state can't be read, those alone that erase.</summary>
    public Task Invoke(IIncomingGrainCallContext context) =>
        !IsDamaged || context.MethodName is nameof(EraseAsync) or nameof(EraseFeedbackAsync) or nameof(EraseComparedAsync) ? context.Invoke() : Task.FromException(Damaged());

    /// <summary>Who asks must be known to be right without the state: the index names the owner, or whoever asks may erase anybody's. Feedback that is kept
    /// would be left without an owner.</summary>
    private bool MayEraseDamaged(ConversationErasure request) => request.Owner is not null || (request.Client is null && !(request.KeepFeedback && _recorded.Count > 0));

    /// <summary>The next call looks whether it was mended.</summary>
    private StorageDamagedException Damaged()
    {
        DeactivateOnIdle();
        return new StorageDamagedException(header.State.Damage!);
    }

    /// <summary>Puts what the erasure knows in the place of what was lost.</summary>
    private void BeginAnewFor(ConversationErasure request)
    {
        (header.State.Owner, header.State.Client) = (request.Owner, request.Client);
        _lastNumber += NumbersLost;
    }
}
