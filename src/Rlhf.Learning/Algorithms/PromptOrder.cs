using Rlhf.Inference;

namespace Rlhf.Learning.Algorithms;

/// <summary>An endless walk over the prompts, each pass in an order of its own; where it stands is a number, the data cursor.</summary>
internal sealed class PromptOrder(IReadOnlyList<RolloutPrompt> prompts, ulong seed)
{
    /// <summary>The prompts from a cursor on.</summary>
    public IReadOnlyList<RolloutPrompt> Take(int cursor, int count)
    {
        var taken = new RolloutPrompt[count];
        var (pass, order) = (-1, Array.Empty<int>());
        for (var i = 0; i < count; i++)
        {
            var (number, place) = Math.DivRem(cursor + i, prompts.Count);
            if (number != pass)
            {
                (pass, order) = (number, [.. Enumerable.Range(0, prompts.Count)]);
                SeededRandom.For(seed, "prompts", pass).Shuffle(order);
            }

            taken[i] = prompts[order[place]];
        }

        return taken;
    }
}
