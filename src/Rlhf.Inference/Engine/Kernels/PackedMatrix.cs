namespace Rlhf.Inference;

/// <summary>
/// A weight matrix (out, in) in the order in which a product reads it: panels of four vectors of outputs, in a panel input after input,
/// so that a product streams through memory once and each number read serves all rows of the batch. What is left of the outputs lies in
/// panels of one vector, filled up with zeros. The inputs are summed in blocks: a block of a panel fits the first cache.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    /// <summary>Vectors in a wide panel: enough sums under way to hide the latency of an addition for a single row.</summary>
    public const int WideVectors = 4;

    /// <summary>Inputs in a block.</summary>
    public const int BlockInputs = 128;

    private const int LargestByte = 127;

    private readonly AlignedBytes _values;
    private readonly AlignedFloats? _scales;
    private readonly int _lanes;
    private readonly int _quadBytes;

    /// <param name="kernels">The kernels that will read it.</param>
    /// <param name="values">(out, in), row-major.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="precision">How the numbers are held.</param>
    /// <param name="scale">Each number is multiplied by this.</param>
    /// <param name="memory">Where it is to lie, beside others; in memory of its own where null.</param>
    public PackedMatrix(
        Kernels kernels, ReadOnlySpan<float> values, int outputs, int inputs, WeightPrecision precision = WeightPrecision.Float32, float scale = 1, WeightMemory? memory = null)
    {
        _lanes = kernels.Lanes;
        Inputs = inputs;
        Precision = precision;
        PaddedOutputs = kernels.Padded(outputs);
        int vectors = PaddedOutputs / _lanes;
        WidePanels = vectors / WideVectors;
        Panels = WidePanels + (vectors % WideVectors);
        _quadBytes = WideVectors * _lanes * Bytes(precision);
        long bytes = PanelQuads(Panels) * _quadBytes;
        _values = memory?.Take(bytes) ?? new AlignedBytes(bytes);
        if (precision == WeightPrecision.Int8)
            _scales = new AlignedFloats((long)Blocks * PaddedOutputs);
        for (int output = 0; output < outputs; output++)
            Pack(values.Slice(output * inputs, inputs), output, scale);
    }

    /// <summary>Added to every product's row, (padded out); none where null.</summary>
    public AlignedFloats? Bias { get; init; }

    public int Inputs { get; }

    public WeightPrecision Precision { get; }

    /// <summary>Outputs rounded up to whole vectors: what a product writes for each row.</summary>
    public int PaddedOutputs { get; }

    public int Panels { get; }

    public int WidePanels { get; }

    /// <summary>Blocks of a panel.</summary>
    public int Blocks => (Inputs + BlockInputs - 1) / BlockInputs;

    /// <summary>Bytes that a product reads.</summary>
    public long ByteCount => _values.Length + ((_scales?.Length ?? 0) * (long)sizeof(float));

    public byte* Panel(int panel) => _values.Pointer + (PanelQuads(panel) * _quadBytes);

    /// <summary>The scales of a block's sums from one output on; null where sums need none.</summary>
    public float* Scales(int block, int output) => _scales is null ? null : _scales.Pointer + ((long)block * PaddedOutputs) + output;

    /// <summary>The first output of a panel; of the panel after the last, the padded number of outputs.</summary>
    public int FirstOutput(int panel) => ((Math.Min(panel, WidePanels) * WideVectors) + Math.Max(panel - WidePanels, 0)) * _lanes;

    /// <summary>The panels of one of several threads: neighbours, and as equal a part of the outputs as panels allow.</summary>
    public Range Share(int thread, int threads) => Boundary(thread, threads)..Boundary(thread + 1, threads);

    /// <summary>Bytes of one weight.</summary>
    public static int Bytes(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => sizeof(float),
        WeightPrecision.BFloat16 => sizeof(ushort),
        WeightPrecision.Int8 => sizeof(sbyte),
        _ => throw new ArgumentException($"The precision is {precision}; there are {string.Join(", ", Enum.GetNames<WeightPrecision>())}.", nameof(precision)),
    };

    // A quad is four vectors of outputs at one input in a wide panel, and one vector of outputs at four inputs in a narrow one.
    private long PanelQuads(int panel) => ((long)Math.Min(panel, WidePanels) * Inputs) + ((long)Math.Max(panel - WidePanels, 0) * ((Inputs + 3) / 4));

    private void Pack(ReadOnlySpan<float> row, int output, float scale)
    {
        int wide = WideVectors * _lanes;
        bool narrow = output >= WidePanels * wide;
        int panel = narrow ? WidePanels + ((output - (WidePanels * wide)) / _lanes) : output / wide;
        int place = output - FirstOutput(panel);
        for (int block = 0; block < Blocks; block++)
        {
            int first = block * BlockInputs;
            ReadOnlySpan<float> inputs = row[first..Math.Min(first + BlockInputs, Inputs)];
            float unit = scale;
            if (_scales is not null)
            {
                float largest = 0;
                foreach (float value in inputs)
                    largest = MathF.Max(largest, MathF.Abs(value * scale));
                _scales.Span[(block * PaddedOutputs) + output] = largest / LargestByte;
                unit = largest > 0 ? scale * LargestByte / largest : 0;
            }

            for (int i = 0; i < inputs.Length; i++)
            {
                int input = first + i;
                byte* quad = Panel(panel) + ((long)(narrow ? input / 4 : input) * _quadBytes);
                Put(quad, narrow ? input % 4 : place / _lanes, place % _lanes, inputs[i] * unit);
            }
        }
    }

    // As the formats read it.
    private void Put(byte* quad, int vector, int lane, float value)
    {
        switch (Precision)
        {
            case WeightPrecision.Float32:
                ((float*)quad)[(vector * _lanes) + lane] = value;
                break;
            case WeightPrecision.BFloat16:
                ((ushort*)quad)[(((vector / 2 * _lanes) + lane) * 2) + (vector % 2)] = NumberBytes.ToBFloat16(value);
                break;
            default:
                ((sbyte*)quad)[(lane * WideVectors) + vector] = (sbyte)MathF.Round(value);
                break;
        }
    }

    // The end of a panel that lies nearest to an equal division of the outputs.
    private int Boundary(int thread, int threads)
    {
        int output = (int)((long)PaddedOutputs * thread / threads);
        int wide = WideVectors * _lanes;
        return output < WidePanels * wide ? (output + (wide / 2)) / wide : WidePanels + ((output - (WidePanels * wide)) / _lanes);
    }
}
