namespace Rlhf.Inference;

/// <summary>Draws the tokens of one reply. A number of the reply's own generator depends on the seed and the token's place alone.</summary>
internal sealed unsafe class Sampler(SamplingOptions options, ulong seed)
{
    private const int DrawBlock = 256;

    // Below this share of the whole, weights may have lost their digits to underflow.
    private const float SmallestShare = 1e-6f;

    private readonly ReplyRandom _random = new(seed);
    private readonly LogitAdjustment? _adjustment = LogitAdjustment.Of(options);

    /// <summary>The likeliest tokens in the place of the one drawn last; null where none were asked for.</summary>
    public IReadOnlyList<LikelyToken>? TopLogProbs { get; private set; }

    /// <summary>Draws a token.</summary>
    /// <param name="kernels">The inner loops.</param>
    /// <param name="logits">(vocabulary). Biases and penalties are written into them.</param>
    /// <param name="size">The vocabulary.</param>
    /// <param name="known">One for the ids that the tokenizer has and zero for the others, null for all: an embedding may have rows that no token uses, and those are never drawn.</param>
    /// <param name="index">The token's place in the reply.</param>
    /// <param name="room">The thread's room.</param>
    /// <param name="allowed">A bit for each id that may be drawn, which is then the whole distribution; empty for all.</param>
    /// <exception cref="InvalidOperationException">The logits are not finite.</exception>
    public (int Id, float LogProb) Draw(Kernels kernels, float* logits, int size, AlignedFloats? known, int index, SamplerRoom room, ReadOnlySpan<ulong> allowed = default)
    {
        _adjustment?.Apply(logits);
        AlignedFloats? kept = allowed.IsEmpty ? known : room.Spread(allowed);
        bool greedy = options.Temperature == 0;
        // Bounded, because the largest logit's distance to itself, zero, times infinity would be no number.
        float inverse = greedy ? 1 : (float)Math.Min(1 / options.Temperature, 1e30);
        float* weights = room.Weights.Pointer;
        (float max, float sum) = kernels.Exponentials(logits, size, inverse, weights);
        if (!float.IsFinite(sum) || !float.IsFinite(max))
            throw new InvalidOperationException("The model's logits are not finite; its weights or its adapter are broken.");
        float top = max;
        double total = kept is null ? sum : kernels.Keep(weights, kept.Pointer, size);
        if (total < SmallestShare * sum)
            total = Among(kernels, logits, size, kept!, inverse, weights, out top);
        int id = greedy ? Likeliest(weights, size)
            : options.TopK > 0 || options.TopP < 1 ? FromLikeliest(weights, size, total, _random.Uniform(index), room)
            : FromAll(kernels, weights, size, total * _random.Uniform(index));
        float likeliest = allowed.IsEmpty ? max : top;
        float logSum = allowed.IsEmpty ? MathF.Log(sum) : (float)Math.Log(total);
        if (options.TopLogProbs > 0)
            TopLogProbs = LikelyTokens.Of(logits, size, kept, options.TopLogProbs, likeliest, inverse, logSum);
        _adjustment?.Count(id);
        return (id, ((logits[id] - likeliest) * inverse) - logSum);
    }

    // The likeliest ids are ones that no token uses, or that may not come, and beside them the others weigh next to nothing: they are weighed among themselves.
    private static double Among(Kernels kernels, float* logits, int size, AlignedFloats known, float inverse, float* weights, out float max)
    {
        max = float.NegativeInfinity;
        for (int i = 0; i < size; i++)
        {
            if (known.Span[i] > 0)
                max = MathF.Max(max, logits[i]);
        }

        for (int i = 0; i < size; i++)
            weights[i] = known.Span[i] > 0 ? MathF.Exp((logits[i] - max) * inverse) : 0;
        return kernels.Sum(weights, size);
    }

    private static int Likeliest(float* weights, int size)
    {
        int best = 0;
        for (int i = 1; i < size; i++)
        {
            if (weights[i] > weights[best])
                best = i;
        }

        return best;
    }

    // Whole blocks are passed over at once.
    private static int FromAll(Kernels kernels, float* weights, int size, double left)
    {
        for (int block = 0; block < size; block += DrawBlock)
        {
            int count = Math.Min(DrawBlock, size - block);
            double passed = left - kernels.Sum(weights + block, count);
            if (passed >= 0)
            {
                left = passed;
                continue;
            }

            for (int i = block; i < block + count; i++)
            {
                left -= weights[i];
                if (left < 0)
                    return i;
            }
        }

        // The weights add up to a rounding error less than their sum.
        return Likeliest(weights, size);
    }

    // Top-k first, then top-p of what is left, as Hugging Face's generation does.
    private int FromLikeliest(float* weights, int size, double total, double uniform, SamplerRoom room)
    {
        // A token below this bound is in no nucleus: all such tokens together weigh less than what the nucleus leaves out.
        float bound = options.TopK > 0 ? 0 : (float)((1 - options.TopP) * total / size * 0.999);
        int count = 0;
        for (int i = 0; i < size; i++)
        {
            if (weights[i] > bound)
            {
                room.Keys[count] = -weights[i];
                room.Ids[count++] = i;
            }
        }

        Array.Sort(room.Keys, room.Ids, 0, count);
        if (options.TopK > 0 && options.TopK < count)
            count = options.TopK;
        if (options.TopK > 0)
        {
            total = 0;
            for (int i = 0; i < count; i++)
                total -= room.Keys[i];
        }

        double kept = 0;
        int nucleus = 0;
        while (nucleus < count && (nucleus == 0 || kept < options.TopP * total))
            kept -= room.Keys[nucleus++];
        double left = uniform * kept;
        int drawn = 0;
        while (drawn + 1 < nucleus && (left += room.Keys[drawn]) >= 0)
            drawn++;
        return room.Ids[drawn];
    }
}

/// <summary>A thread's room for sampling.</summary>
internal sealed class SamplerRoom(int vocabulary)
{
    private AlignedFloats? _allowed;

    public AlignedFloats Weights { get; } = new(vocabulary);

    public float[] Keys { get; } = new float[vocabulary];

    public int[] Ids { get; } = new int[vocabulary];

    /// <summary>One for each bit that is set and zero for the others.</summary>
    public AlignedFloats Spread(ReadOnlySpan<ulong> bits)
    {
        _allowed ??= new AlignedFloats(vocabulary);
        Span<float> spread = _allowed.Span[..vocabulary];
        for (int first = 0; first < spread.Length; first += 64)
        {
            ulong word = bits[first >> 6];
            Span<float> some = spread.Slice(first, Math.Min(64, spread.Length - first));
            if (word is 0 or ulong.MaxValue)
            {
                some.Fill(word == 0 ? 0 : 1);
                continue;
            }

            for (int i = 0; i < some.Length; i++)
                some[i] = (word >> i) & 1;
        }

        return _allowed;
    }
}
