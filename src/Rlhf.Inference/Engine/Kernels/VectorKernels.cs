using System.Runtime.CompilerServices;

namespace Rlhf.Inference;

/// <summary>The inner loops on vectors of one width.</summary>
/// <typeparam name="TLanes">What the vectors can do.</typeparam>
/// <typeparam name="TVector">The vectors.</typeparam>
internal sealed unsafe class Kernels<TLanes, TVector> : Kernels
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // The hot methods skip the slow first tier: a server's first reply should not wait for it to be found hot.
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    // Blocks of a single row's product, 2 MiB of float32 weights.
    private const int SumsTogether = 64;

    public override int Lanes => TLanes.Count;

    public override void Multiply(PackedMatrix matrix, Range panels, float* x, int xStride, int rows, float* y, int yStride, bool add)
    {
        switch (matrix.Precision)
        {
            case WeightPrecision.Float32:
                Multiply<Float32Weights<TLanes, TVector>>(matrix, panels, x, xStride, rows, y, yStride, add);
                break;
            case WeightPrecision.BFloat16:
                Multiply<BFloat16Weights<TLanes, TVector>>(matrix, panels, x, xStride, rows, y, yStride, add);
                break;
            default:
                Multiply<Int8Weights<TLanes, TVector>>(matrix, panels, x, xStride, rows, y, yStride, add);
                break;
        }
    }

    [MethodImpl(Hot)]
    public override void RmsNorm(float* x, float* scale, float epsilon, int size, float* y)
    {
        int padded = Padded(size);
        TVector squares = TLanes.All(0);
        for (int i = 0; i < padded; i += TLanes.Count)
        {
            TVector v = TLanes.Load(x + i);
            squares = TLanes.MultiplyAdd(v, v, squares);
        }

        TVector factor = TLanes.All(1 / MathF.Sqrt((TLanes.Sum(squares) / size) + epsilon));
        for (int i = 0; i < padded; i += TLanes.Count)
            TLanes.Store(y + i, TLanes.Multiply(TLanes.Multiply(TLanes.Load(x + i), factor), TLanes.Load(scale + i)));
    }

    [MethodImpl(Hot)]
    public override void LayerNorm(float* x, float* scale, float* bias, float epsilon, int size, float* y)
    {
        int whole = size / TLanes.Count * TLanes.Count;
        TVector sums = TLanes.All(0);
        float rest = 0;
        for (int i = 0; i < whole; i += TLanes.Count)
            sums = TLanes.Add(sums, TLanes.Load(x + i));
        for (int i = whole; i < size; i++)
            rest += x[i];
        float mean = (TLanes.Sum(sums) + rest) / size;

        TVector means = TLanes.All(mean);
        TVector squares = TLanes.All(0);
        rest = 0;
        for (int i = 0; i < whole; i += TLanes.Count)
        {
            TVector centred = TLanes.Subtract(TLanes.Load(x + i), means);
            squares = TLanes.MultiplyAdd(centred, centred, squares);
        }

        for (int i = whole; i < size; i++)
            rest += (x[i] - mean) * (x[i] - mean);
        TVector factor = TLanes.All(1 / MathF.Sqrt(((TLanes.Sum(squares) + rest) / size) + epsilon));
        int padded = Padded(size);
        for (int i = 0; i < padded; i += TLanes.Count)
        {
            TVector normed = TLanes.Multiply(TLanes.Subtract(TLanes.Load(x + i), means), factor);
            TLanes.Store(y + i, TLanes.MultiplyAdd(normed, TLanes.Load(scale + i), TLanes.Load(bias + i)));
        }
    }

    [MethodImpl(Hot)]
    public override void Add(float* x, float* y, int size)
    {
        for (int i = 0; i < size; i += TLanes.Count)
            TLanes.Store(y + i, TLanes.Add(TLanes.Load(y + i), TLanes.Load(x + i)));
    }

    [MethodImpl(Hot)]
    public override void Gelu(float* x, int size)
    {
        // ½·(1 + tanh(u)) = σ(2u), so that it is one exponential and one division.
        TVector one = TLanes.All(1);
        TVector zero = TLanes.All(0);
        TVector least = TLanes.All(-Exponential<TLanes, TVector>.Largest);
        TVector linear = TLanes.All(2 * 0.7978845608f);
        TVector cubic = TLanes.All(2 * 0.7978845608f * 0.044715f);
        for (int i = 0; i < size; i += TLanes.Count)
        {
            TVector v = TLanes.Load(x + i);
            TVector twice = TLanes.Multiply(v, TLanes.MultiplyAdd(TLanes.Multiply(v, v), cubic, linear));
            TVector sigmoidInverse = TLanes.Add(one, Exponential<TLanes, TVector>.Of(TLanes.Subtract(zero, TLanes.Max(twice, least))));
            TLanes.Store(x + i, TLanes.Divide(v, sigmoidInverse));
        }
    }

    [MethodImpl(Hot)]
    public override void SwiGlu(float* gate, float* up, int size)
    {
        TVector one = TLanes.All(1);
        TVector zero = TLanes.All(0);
        // Further down, the gate lets nothing through, either.
        TVector least = TLanes.All(-Exponential<TLanes, TVector>.Largest);
        for (int i = 0; i < size; i += TLanes.Count)
        {
            TVector g = TLanes.Load(gate + i);
            TVector sigmoidInverse = TLanes.Add(one, Exponential<TLanes, TVector>.Of(TLanes.Subtract(zero, TLanes.Max(g, least))));
            TLanes.Store(gate + i, TLanes.Multiply(TLanes.Divide(g, sigmoidInverse), TLanes.Load(up + i)));
        }
    }

    [MethodImpl(Hot)]
    public override void Rotate(float* head, float* cos, float* sin, int half, float scale, float* result)
    {
        int i = 0;
        TVector scales = TLanes.All(scale);
        TVector zero = TLanes.All(0);
        for (; i + TLanes.Count <= half; i += TLanes.Count)
        {
            TVector a = TLanes.Load(head + i);
            TVector b = TLanes.Load(head + half + i);
            TVector c = TLanes.Load(cos + i);
            TVector s = TLanes.Load(sin + i);
            TLanes.Store(result + i, TLanes.Multiply(scales, TLanes.MultiplyAdd(a, c, TLanes.Subtract(zero, TLanes.Multiply(b, s)))));
            TLanes.Store(result + half + i, TLanes.Multiply(scales, TLanes.MultiplyAdd(b, c, TLanes.Multiply(a, s))));
        }

        for (; i < half; i++)
        {
            float a = head[i];
            float b = head[half + i];
            result[i] = scale * ((a * cos[i]) - (b * sin[i]));
            result[half + i] = scale * ((b * cos[i]) + (a * sin[i]));
        }
    }

    [MethodImpl(Hot)]
    public override void Attend(float* queries, int count, float* keys, float* values, int* positions, int headSize, float* scores, int scoresStride, float* results) =>
        Attention<TLanes, TVector>.Attend(queries, count, keys, values, positions, headSize, scores, scoresStride, results);

    [MethodImpl(Hot)]
    public override (float Max, float Sum) Exponentials(float* logits, int size, float inverseTemperature, float* weights)
    {
        int lanes = TLanes.Count;
        int whole = size / lanes * lanes;
        float max = float.NegativeInfinity;
        if (whole > 0)
            max = Attention<TLanes, TVector>.Largest(logits, whole);
        for (int i = whole; i < size; i++)
            max = MathF.Max(max, logits[i]);
        TVector shift = TLanes.All(max);
        TVector factor = TLanes.All(inverseTemperature);
        TVector sums = TLanes.All(0);
        for (int i = 0; i < whole; i += lanes)
        {
            TVector weight = Exponential<TLanes, TVector>.Of(TLanes.Multiply(TLanes.Subtract(TLanes.Load(logits + i), shift), factor));
            TLanes.Store(weights + i, weight);
            sums = TLanes.Add(sums, weight);
        }

        float sum = TLanes.Sum(sums);
        for (int i = whole; i < size; i++)
        {
            weights[i] = MathF.Exp((logits[i] - max) * inverseTemperature);
            sum += weights[i];
        }

        return (max, sum);
    }

    [MethodImpl(Hot)]
    public override float Keep(float* weights, float* kept, int size)
    {
        int whole = size / TLanes.Count * TLanes.Count;
        TVector sums = TLanes.All(0);
        for (int i = 0; i < whole; i += TLanes.Count)
        {
            TVector weight = TLanes.Multiply(TLanes.Load(weights + i), TLanes.Load(kept + i));
            TLanes.Store(weights + i, weight);
            sums = TLanes.Add(sums, weight);
        }

        float sum = TLanes.Sum(sums);
        for (int i = whole; i < size; i++)
        {
            weights[i] *= kept[i];
            sum += weights[i];
        }

        return sum;
    }

    [MethodImpl(Hot)]
    public override float Sum(float* values, int size)
    {
        int whole = size / TLanes.Count * TLanes.Count;
        TVector sums = TLanes.All(0);
        for (int i = 0; i < whole; i += TLanes.Count)
            sums = TLanes.Add(sums, TLanes.Load(values + i));
        float sum = TLanes.Sum(sums);
        for (int i = whole; i < size; i++)
            sum += values[i];
        return sum;
    }

    [MethodImpl(Hot)]
    private static void Multiply<TWeights>(PackedMatrix matrix, Range panels, float* x, int xStride, int rows, float* y, int yStride, bool add)
        where TWeights : struct, IWeights<TVector>
    {
        (int first, int end) = (panels.Start.Value, panels.End.Value);
        if (rows == 1 && TLanes.ManyRegisters && matrix.Inputs % PackedMatrix.BlockInputs == 0)
        {
            int wide = Math.Clamp(matrix.WidePanels, first, end);
            MultiplyRow<TWeights>(matrix, first, wide, x, y, add);
            first = wide;
        }

        for (int panel = first; panel < end; panel++)
        {
            int output = matrix.FirstOutput(panel);
            for (int index = 0; index < matrix.Blocks; index++)
            {
                // A block of a panel stays in the first cache while it serves all rows.
                WeightBlock block = Block<TWeights>(matrix, panel, index, add || index > 0);
                int input = index * PackedMatrix.BlockInputs;
                if (panel < matrix.WidePanels)
                    WideTiles<TWeights>(block, x + input, xStride, rows, y + output, yStride);
                else
                    NarrowTiles<TWeights>(block, x + input, xStride, rows, y + output, yStride);
            }
        }

        GC.KeepAlive(matrix);
    }

    // A single row takes as long as reading the weights. So they are read in four places at once, each of them a long way from its start to
    // the next one's: a processor fetches ahead in all four. The sums wait to be added in their order.
    [MethodImpl(Hot)]
    [SkipLocalsInit]
    private static void MultiplyRow<TWeights>(PackedMatrix matrix, int firstPanel, int endPanel, float* x, float* y, bool add)
        where TWeights : struct, IWeights<TVector>
    {
        int blocks = matrix.Blocks;
        int size = PackedMatrix.WideVectors * TLanes.Count;
        float* sums = stackalloc float[SumsTogether * size];
        int end = endPanel * blocks;
        int count;
        for (int from = firstPanel * blocks; from < end; from += count)
        {
            count = Math.Min(SumsTogether, end - from) / 4 * 4;
            (int panel, int index) = Math.DivRem(from, blocks);
            if (count == 0)
            {
                Tiles<TLanes, TVector, TWeights>.OneByFour(
                    Block<TWeights>(matrix, panel, index, add || index > 0), x + (index * PackedMatrix.BlockInputs), y + matrix.FirstOutput(panel));
                count = 1;
                continue;
            }

            Tiles<TLanes, TVector, TWeights>.FourPlaces(Block<TWeights>(matrix, panel, index, add).Weights, index, blocks, count / 4, x, sums);
            for (float* sum = sums; sum < sums + (count * size); sum += size)
            {
                int output = matrix.FirstOutput(panel);
                for (int at = 0; at < size; at += TLanes.Count)
                    Tiles<TLanes, TVector, TWeights>.Finish(y + output + at, TLanes.Load(sum + at), matrix.Scales(index, output + at), add || index > 0);
                if (++index == blocks)
                    (panel, index) = (panel + 1, 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static WeightBlock Block<TWeights>(PackedMatrix matrix, int panel, int index, bool add)
        where TWeights : struct, IWeights<TVector>
    {
        int first = index * PackedMatrix.BlockInputs;
        int quads = panel < matrix.WidePanels ? first : first / 4;
        return new WeightBlock(
            matrix.Panel(panel) + ((long)quads * TWeights.QuadBytes), Math.Min(PackedMatrix.BlockInputs, matrix.Inputs - first),
            matrix.Scales(index, matrix.FirstOutput(panel)), add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WideTiles<TWeights>(in WeightBlock block, float* x, int xStride, int rows, float* y, int yStride)
        where TWeights : struct, IWeights<TVector>
    {
        int row = 0;
        if (TLanes.ManyRegisters)
        {
            // What follows a block in memory is the next one. Each tile fetches a part of it, the larger the fewer they are; when all of it
            // is on its way, they fetch what they have.
            byte* next = block.Weights + ((long)block.Depth * TWeights.QuadBytes);
            byte* ahead = next;
            int lines = Math.Max(1, TWeights.QuadBytes / Tiles<TLanes, TVector, TWeights>.CacheLine / Math.Max(1, rows / 4));
            for (; row + 4 <= rows; row += 4)
            {
                Tiles<TLanes, TVector, TWeights>.FourByFour(block, x + ((long)row * xStride), xStride, y + ((long)row * yStride), yStride, ahead, lines);
                ahead += (long)block.Depth * lines * Tiles<TLanes, TVector, TWeights>.CacheLine;
                if (ahead >= next + (next - block.Weights))
                    ahead = block.Weights;
            }
        }

        for (; row + 2 <= rows; row += 2)
            Tiles<TLanes, TVector, TWeights>.TwoByFour(block, x + ((long)row * xStride), xStride, y + ((long)row * yStride), yStride);
        if (row < rows)
            Tiles<TLanes, TVector, TWeights>.OneByFour(block, x + ((long)row * xStride), y + ((long)row * yStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void NarrowTiles<TWeights>(in WeightBlock block, float* x, int xStride, int rows, float* y, int yStride)
        where TWeights : struct, IWeights<TVector>
    {
        for (int row = 0; row < rows; row++)
            Tiles<TLanes, TVector, TWeights>.OneByOne(block, x + ((long)row * xStride), y + ((long)row * yStride));
    }
}
