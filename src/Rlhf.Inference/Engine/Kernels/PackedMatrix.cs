namespace Rlhf.Inference;

/// <summary>
/// A weight matrix (out, in) in the order in which a product reads it: panels of four vectors of outputs, in a panel input after input,
/// so that a product streams through memory once and each number read serves all rows of the batch. What is left of the outputs lies in
/// panels of one vector, filled up with zeros.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    /// <summary>Vectors in a wide panel: enough sums under way to hide the latency of an addition for a single row.</summary>
    public const int WideVectors = 4;

    private readonly AlignedFloats _values;
    private readonly int _lanes;

    /// <param name="kernels">The kernels that will read it.</param>
    /// <param name="values">(out, in), row-major.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="scale">Each number is multiplied by this.</param>
    public PackedMatrix(Kernels kernels, ReadOnlySpan<float> values, int outputs, int inputs, float scale = 1)
    {
        _lanes = kernels.Lanes;
        Inputs = inputs;
        PaddedOutputs = kernels.Padded(outputs);
        int vectors = PaddedOutputs / _lanes;
        WidePanels = vectors / WideVectors;
        Panels = WidePanels + (vectors % WideVectors);
        _values = new AlignedFloats((long)PaddedOutputs * inputs);
        for (int panel = 0; panel < Panels; panel++)
        {
            float* target = Panel(panel);
            int width = Width(panel);
            int first = FirstOutput(panel);
            int count = Math.Min(width, outputs - first);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> row = values.Slice((first + i) * inputs, inputs);
                for (int k = 0; k < inputs; k++)
                    target[(k * width) + i] = row[k] * scale;
            }
        }
    }

    public int Inputs { get; }

    /// <summary>Outputs rounded up to whole vectors: what a product writes for each row.</summary>
    public int PaddedOutputs { get; }

    public int Panels { get; }

    public int WidePanels { get; }

    public float* Panel(int panel) => _values.Pointer + ((long)FirstOutput(panel) * Inputs);

    /// <summary>The first output of a panel; of the panel after the last, the padded number of outputs.</summary>
    public int FirstOutput(int panel) => ((Math.Min(panel, WidePanels) * WideVectors) + Math.Max(panel - WidePanels, 0)) * _lanes;

    /// <summary>The panels of one of several threads: neighbours, and as equal a part of the outputs as panels allow.</summary>
    public Range Share(int thread, int threads) => Boundary(thread, threads)..Boundary(thread + 1, threads);

    private int Width(int panel) => panel < WidePanels ? WideVectors * _lanes : _lanes;

    // The end of a panel that lies nearest to an equal division of the outputs.
    private int Boundary(int thread, int threads)
    {
        int output = (int)((long)PaddedOutputs * thread / threads);
        int wide = WideVectors * _lanes;
        return output < WidePanels * wide ? (output + (wide / 2)) / wide : WidePanels + ((output - (WidePanels * wide)) / _lanes);
    }
}
