namespace Rlhf.Inference.Tests;

/// <summary>Each kernel beside its plain twin, at every width.</summary>
public sealed unsafe class KernelTests
{
    public static TheoryData<string> Widths => AllKernels.Widths;

    public static TheoryData<string, WeightPrecision> WidthsAndPrecisions => AllKernels.WidthsAndPrecisions;

    [Theory]
    [MemberData(nameof(WidthsAndPrecisions))]
    public void Multiply_EqualsItsTwin(string width, WeightPrecision precision)
    {
        Kernels kernels = AllKernels.Of(width);
        (int, int, int)[] shapes = [(1, 1, 1), (7, 5, 3), (64, 32, 4), (100, 33, 5), (130, 64, 7), (256, 3, 9), (70, 300, 13), (64, 256, 2), (330, 256, 1), (70, 640, 1), (200, 300, 1)];
        foreach ((int outputs, int inputs, int rows) in shapes)
        {
            float[] w = Numbers(outputs * inputs, 1);
            float[] x = Numbers(rows * inputs, 2);
            float[] start = Numbers(rows * outputs, 3);
            var matrix = new PackedMatrix(kernels, w, outputs, inputs, precision, scale: 0.5f);
            float[] rounded = PlainWeights.Rounded(w, inputs, precision);
            AlignedFloats xs = Of(x);
            foreach (bool add in (bool[])[false, true])
            {
                var y = new AlignedFloats((long)rows * matrix.PaddedOutputs);
                for (int row = 0; row < rows; row++)
                    start.AsSpan(row * outputs, outputs).CopyTo(y.Span[(row * matrix.PaddedOutputs)..]);
                // In three shares, as three threads would.
                for (int thread = 0; thread < 3; thread++)
                    kernels.Multiply(matrix, matrix.Share(thread, 3), xs.Pointer, inputs, rows, y.Pointer, matrix.PaddedOutputs, add);
                for (int row = 0; row < rows; row++)
                {
                    for (int o = 0; o < outputs; o++)
                    {
                        double expected = add ? start[(row * outputs) + o] : 0;
                        for (int i = 0; i < inputs; i++)
                            expected += 0.5 * rounded[(o * inputs) + i] * x[(row * inputs) + i];
                        Assert.Equal(expected, y.Span[(row * matrix.PaddedOutputs) + o], 2e-5);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndPrecisions))]
    public void ARow_IsTheSameBits_InAnyNumberOfRows(string width, WeightPrecision precision)
    {
        // Blocks that are not whole, and enough whole ones that a single row takes several side by side.
        foreach (int inputs in (int[])[137, 384])
            ARowIsTheSameBits(width, precision, inputs);
    }

    private static void ARowIsTheSameBits(string width, WeightPrecision precision, int inputs)
    {
        const int rows = 23;
        Kernels kernels = AllKernels.Of(width);
        var matrix = new PackedMatrix(kernels, Numbers(150 * inputs, 1), 150, inputs, precision);
        AlignedFloats x = Of(Numbers(rows * inputs, 2));
        var alone = new AlignedFloats((long)rows * matrix.PaddedOutputs);
        for (int row = 0; row < rows; row++)
            kernels.Multiply(matrix, 0..matrix.Panels, x.Pointer + (row * inputs), inputs, 1, alone.Pointer + (row * matrix.PaddedOutputs), matrix.PaddedOutputs, add: false);
        foreach (int together in Enumerable.Range(1, rows))
        {
            var y = new AlignedFloats((long)together * matrix.PaddedOutputs);
            kernels.Multiply(matrix, 0..matrix.Panels, x.Pointer, inputs, together, y.Pointer, matrix.PaddedOutputs, add: false);
            Assert.Equal(alone.Span[..y.Length].ToArray(), y.Span.ToArray());
        }
    }

    [Fact]
    public void FewerBits_AreFewerBytes()
    {
        long[] bytes = [.. Enum.GetValues<WeightPrecision>().Select(precision => new PackedMatrix(Kernels.Best, Numbers(128 * 256, 1), 128, 256, precision).ByteCount)];
        Assert.Equal([128 * 256 * 4, 128 * 256 * 2, (128 * 256) + (2 * 128 * 4)], bytes);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Shares_CoverEveryPanelOnce(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        foreach (int outputs in (int[])[1, 16, 63, 64, 65, 200, 256, 684, 4096])
        {
            var matrix = new PackedMatrix(kernels, new float[outputs], outputs, 1);
            foreach (int threads in (int[])[1, 2, 3, 8])
            {
                int next = 0;
                for (int thread = 0; thread < threads; thread++)
                {
                    Range share = matrix.Share(thread, threads);
                    Assert.Equal(next, share.Start.Value);
                    next = share.End.Value;
                }

                Assert.Equal(matrix.Panels, next);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void LayerNorm_EqualsItsTwin(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        foreach (int size in (int[])[5, 37, 64])
        {
            // Far from zero, where a careless variance loses its digits.
            float[] x = [.. Numbers(size, 1).Select(value => value + 50)];
            float[] scale = Numbers(size, 2);
            float[] bias = Numbers(size, 3);
            AlignedFloats y = Room(kernels, size);
            kernels.LayerNorm(Padded(kernels, x).Pointer, Padded(kernels, scale).Pointer, Padded(kernels, bias).Pointer, 1e-3f, size, y.Pointer);
            double mean = x.Average(value => (double)value);
            double factor = 1 / Math.Sqrt((x.Sum(value => (value - mean) * (value - mean)) / size) + 1e-3);
            for (int i = 0; i < size; i++)
                Assert.Equal(((x[i] - mean) * factor * scale[i]) + bias[i], y.Span[i], 1e-4);
            Assert.All(y.Span[size..].ToArray(), padding => Assert.Equal(0, padding));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void GeluAndAdd_EqualTheirTwins(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        float[] x = [.. Enumerable.Range(-200, 401).Select(i => i / 10f), -1e4f, 1e4f, 0];
        AlignedFloats gelu = Padded(kernels, x);
        int size = kernels.Padded(x.Length);
        kernels.Gelu(gelu.Pointer, size);
        for (int i = 0; i < x.Length; i++)
            Assert.Equal(0.5 * x[i] * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x[i] + (0.044715 * Math.Pow(x[i], 3))))), gelu.Span[i], 1e-5 + (1e-6 * Math.Abs(x[i])));
        AlignedFloats sum = Padded(kernels, x);
        kernels.Add(gelu.Pointer, sum.Pointer, size);
        for (int i = 0; i < x.Length; i++)
            Assert.Equal(x[i] + gelu.Span[i], sum.Span[i]);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void RmsNorm_EqualsItsTwin(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        const int size = 37;
        float[] x = Numbers(size, 1);
        float[] scale = Numbers(size, 2);
        AlignedFloats y = Room(kernels, size);
        kernels.RmsNorm(Padded(kernels, x).Pointer, Padded(kernels, scale).Pointer, 1e-3f, size, y.Pointer);
        double factor = 1 / Math.Sqrt((x.Sum(value => (double)value * value) / size) + 1e-3);
        for (int i = 0; i < size; i++)
            Assert.Equal(x[i] * factor * scale[i], y.Span[i], 1e-5);
        Assert.All(y.Span[size..].ToArray(), padding => Assert.Equal(0, padding));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void SwiGlu_EqualsItsTwin(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        float[] gate = [.. Numbers(44, 1).Select(value => value * 30), -200, 200, 0, -88.5f];
        float[] up = Numbers(48, 2);
        AlignedFloats result = Of(gate);
        kernels.SwiGlu(result.Pointer, Of(up).Pointer, 48);
        for (int i = 0; i < 48; i++)
            Assert.Equal(gate[i] / (1 + Math.Exp(-gate[i])) * up[i], result.Span[i], 1e-5 * (1 + Math.Abs(gate[i])));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Rotate_EqualsItsTwin(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        foreach (int half in (int[])[1, 5, 16, 20])
        {
            float[] head = Numbers(2 * half, 1);
            float[] angles = Numbers(half, 2);
            float[] cos = [.. angles.Select(MathF.Cos)];
            float[] sin = [.. angles.Select(MathF.Sin)];
            var result = new AlignedFloats(2L * half);
            kernels.Rotate(Of(head).Pointer, Of(cos).Pointer, Of(sin).Pointer, half, 0.3f, result.Pointer);
            for (int i = 0; i < half; i++)
            {
                Assert.Equal(0.3 * ((head[i] * cos[i]) - (head[half + i] * sin[i])), result.Span[i], 1e-6);
                Assert.Equal(0.3 * ((head[half + i] * cos[i]) + (head[i] * sin[i])), result.Span[half + i], 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Attend_EqualsItsTwin_AndSeesNoFurtherPosition(string width)
    {
        // The second has columns that go by twos and one that is left.
        foreach (int size in (int[])[TestModels.Config.HeadSize, 40])
            AttendEqualsItsTwin(AllKernels.Of(width), size);
    }

    private static void AttendEqualsItsTwin(Kernels kernels, int size)
    {
        ModelConfig config = TestModels.Config with { HeadSize = size };
        int stride = kernels.Padded(size);
        var cache = new KeyValueCache(config, kernels, 90);
        float[] keys = Numbers(90 * size, 1);
        float[] values = Numbers(90 * size, 2);
        for (int p = 0; p < 90; p++)
            cache.Write(layer: 1, head: 2, p, Of(keys[(p * size)..((p + 1) * size)]).Pointer, Of(values[(p * size)..((p + 1) * size)]).Pointer);
        int[] positions = [1, 2, 7, 16, 17, 63, 64, 65, 90, 90, 3];
        float[] query = Numbers(positions.Length * size, 3);
        var queries = new AlignedFloats(positions.Length * stride);
        for (int i = 0; i < positions.Length; i++)
            query.AsSpan(i * size, size).CopyTo(queries.Span[(i * stride)..]);
        AlignedFloats together = Attended(positions.Length);
        for (int n = 0; n < positions.Length; n++)
        {
            double[] weights = [.. Enumerable.Range(0, positions[n]).Select(p => Math.Exp(Enumerable.Range(0, size).Sum(i => (double)query[(n * size) + i] * keys[(p * size) + i])))];
            for (int i = 0; i < size; i++)
                Assert.Equal(weights.Select((weight, p) => weight * values[(p * size) + i]).Sum() / weights.Sum(), together.Span[(n * stride) + i], 1e-5);
        }

        // A query gets the same bits beside others, or by itself.
        Assert.Equal(together.Span.ToArray(), Attended(1).Span.ToArray());

        AlignedFloats Attended(int atOnce)
        {
            var results = new AlignedFloats(positions.Length * stride);
            var scores = new AlignedFloats(2L * kernels.Padded(90));
            fixed (int* seen = positions)
            {
                for (int first = 0; first < positions.Length; first += atOnce)
                    kernels.Attend(queries.Pointer + (first * stride), atOnce, cache.Keys(1, 2), cache.Values(1, 2), seen + first, size, scores.Pointer, kernels.Padded(90), results.Pointer + (first * stride));
            }

            return results;
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void KeepAndSum_EqualTheirTwins(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        foreach (int size in (int[])[1, 5, 16, 100])
        {
            float[] weights = Numbers(size, 1);
            float[] kept = [.. Enumerable.Range(0, size).Select(i => i % 3 == 0 ? 0f : 1f)];
            AlignedFloats result = Of(weights);
            float sum = kernels.Keep(result.Pointer, Of(kept).Pointer, size);
            Assert.Equal(weights.Zip(kept, (weight, one) => weight * one), result.Span.ToArray());
            Assert.Equal(result.Span.ToArray().Sum(value => (double)value), sum, 1e-5);
            Assert.Equal(weights.Sum(value => (double)value), kernels.Sum(Of(weights).Pointer, size), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Exponentials_AreExactToTheLastPlaces_AndNeverLessThanZero(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        float[] logits = [0, .. Enumerable.Range(0, 20_000).Select(i => -86.9f * i / 20_000), -87.5f, -200, -1e30f, float.NegativeInfinity];
        var weights = new AlignedFloats(logits.Length);
        kernels.Exponentials(Of(logits).Pointer, logits.Length, 1, weights.Pointer);
        for (int i = 0; i < logits.Length; i++)
            Assert.InRange(weights.Span[i], Math.Max(0, (Math.Exp(logits[i]) * (1 - 3e-7)) - 2e-38), (Math.Exp(logits[i]) * (1 + 3e-7)) + 2e-38);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Exponentials_OfWhatIsNoNumber_AreNone(string width)
    {
        foreach (float broken in (float[])[float.NaN, float.PositiveInfinity])
        {
            var weights = new AlignedFloats(64);
            (_, float sum) = AllKernels.Of(width).Exponentials(Of([.. Numbers(63, 1), broken]).Pointer, 64, 1, weights.Pointer);
            Assert.False(float.IsFinite(sum));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Exponentials_EqualTheirTwin(string width)
    {
        Kernels kernels = AllKernels.Of(width);
        foreach (int size in (int[])[1, 5, 16, 100])
        {
            float[] logits = [.. Numbers(size, 1).Select(value => value * 50)];
            var weights = new AlignedFloats(size);
            (float max, float sum) = kernels.Exponentials(Of(logits).Pointer, size, 0.7f, weights.Pointer);
            Assert.Equal(logits.Max(), max);
            for (int i = 0; i < size; i++)
                Assert.Equal(Math.Exp((logits[i] - max) * 0.7), weights.Span[i], 1e-5);
            Assert.Equal(logits.Sum(logit => Math.Exp((logit - max) * 0.7)), sum, 1e-4);
        }
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    private static AlignedFloats Of(float[] values)
    {
        var floats = new AlignedFloats(values.Length);
        values.CopyTo(floats.Span);
        return floats;
    }

    private static AlignedFloats Room(Kernels kernels, int size) => new(kernels.Padded(size));

    private static AlignedFloats Padded(Kernels kernels, float[] values)
    {
        AlignedFloats floats = Room(kernels, values.Length);
        values.CopyTo(floats.Span);
        return floats;
    }
}
