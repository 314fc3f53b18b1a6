using Rlhf.Inference;

namespace Rlhf.Learning.Data;

/// <summary>An endless order of batches that depends on the seed alone: batch <c>n</c> is the same after any interruption.</summary>
/// <param name="dialogues">What an epoch draws from.</param>
/// <param name="seed">The same seed gives the same batches.</param>
public abstract class BatchOrder(IReadOnlyList<EncodedDialogue> dialogues, ulong seed)
{
    private IReadOnlyList<EncodedDialogue[]> _batches = [];
    private int _epoch = -1;
    private int _before;

    /// <summary>The batch of a step. Steps are asked for in rising order; going back starts over from the first epoch.</summary>
    /// <exception cref="InvalidDataException">The dialogues do not fill a single batch.</exception>
    public TokenBatch At(int step)
    {
        if (step < _before)
            (_batches, _epoch, _before) = ([], -1, 0);
        while (step >= _before + _batches.Count)
        {
            _before += _batches.Count;
            _epoch++;
            var random = SeededRandom.For(seed, "epoch", _epoch);
            _batches = Arrange(Draw(random), random);
            if (_batches.Count == 0)
                throw new InvalidDataException($"{dialogues.Count} dialogues do not fill one batch; more data or smaller batches are needed.");
        }

        return ToBatch(_batches[step - _before]);
    }

    /// <summary>The rows of each batch of one epoch.</summary>
    /// <param name="epoch">The epoch's dialogues in random order.</param>
    /// <param name="random">For what else is up to chance.</param>
    protected abstract IReadOnlyList<EncodedDialogue[]> Arrange(EncodedDialogue[] epoch, Random random);

    /// <summary>Rows as tensors are made of them.</summary>
    protected abstract TokenBatch ToBatch(EncodedDialogue[] rows);

    private EncodedDialogue[] Draw(Random random)
    {
        var drawn = new List<EncodedDialogue>();
        foreach (var dialogue in dialogues)
        {
            var whole = (int)dialogue.Copies;
            var copies = whole + (random.NextDouble() < dialogue.Copies - whole ? 1 : 0);
            drawn.AddRange(Enumerable.Repeat(dialogue, copies));
        }

        EncodedDialogue[] epoch = [.. drawn];
        random.Shuffle(epoch);
        return epoch;
    }
}
