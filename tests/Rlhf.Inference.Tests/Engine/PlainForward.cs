namespace Rlhf.Inference.Tests;

/// <summary>The forward pass as the papers write it: naive loops over the unpacked weights in double precision, no cache.</summary>
internal sealed class PlainForward(BaseModel model, LoraAdapter? adapter = null)
{
    private readonly ModelConfig _config = model.Config;

    /// <summary>Logits (token, vocabulary).</summary>
    public double[][] Logits(IReadOnlyList<int> tokens)
    {
        double[][] x = [.. tokens.Select(token => Row(model.Weights[ModelWeights.Embedding], token))];
        if (!_config.HasRotaryPositions)
            x = [.. x.Select((row, position) => Sum(row, Row(model.Weights[ModelWeights.Positions], position)))];
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            double[][] normed = [.. x.Select(row => Norm(row, ModelWeights.InputNorm(layer)))];
            double[][] attended = Attention(layer, normed);
            x = [.. x.Select((row, i) => Sum(row, Linear(layer, Projections.Output, attended[i])))];
            x = [.. x.Select(row => Sum(row, FeedForward(layer, Norm(row, ModelWeights.PostAttentionNorm(layer)))))];
        }

        WeightTensor head = model.Weights[_config.TiedEmbeddings ? ModelWeights.Embedding : ModelWeights.Head];
        return [.. x.Select(row => Product(head, Norm(row, ModelWeights.FinalNorm)))];
    }

    private double[][] Attention(int layer, double[][] x)
    {
        int size = _config.HeadSize;
        double[][] queries = [.. x.Select((row, position) => Rotated(Linear(layer, Projections.Query, row), position))];
        double[][] keys = [.. x.Select((row, position) => Rotated(Linear(layer, Projections.Key, row), position))];
        double[][] values = [.. x.Select(row => Linear(layer, Projections.Value, row))];
        var result = new double[x.Length][];
        for (int t = 0; t < x.Length; t++)
        {
            result[t] = new double[_config.Heads * size];
            for (int head = 0; head < _config.Heads; head++)
            {
                int keyValueHead = head / (_config.Heads / _config.KeyValueHeads);
                double[] scores = [.. Enumerable.Range(0, t + 1).Select(s => Enumerable.Range(0, size)
                    .Sum(i => queries[t][(head * size) + i] * keys[s][(keyValueHead * size) + i]) / Math.Sqrt(size))];
                double max = scores.Max();
                double total = scores.Sum(score => Math.Exp(score - max));
                for (int s = 0; s <= t; s++)
                {
                    for (int i = 0; i < size; i++)
                        result[t][(head * size) + i] += Math.Exp(scores[s] - max) / total * values[s][(keyValueHead * size) + i];
                }
            }
        }

        return result;
    }

    private double[] FeedForward(int layer, double[] x)
    {
        double[] up = Linear(layer, Projections.Up, x);
        if (!_config.HasGate)
            return Linear(layer, Projections.Down, [.. up.Select(u => 0.5 * u * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (u + (0.044715 * u * u * u)))))]);
        double[] gate = Linear(layer, Projections.Gate, x);
        return Linear(layer, Projections.Down, [.. gate.Select((g, i) => g / (1 + Math.Exp(-g)) * up[i])]);
    }

    // Hugging Face's convention: the first half of a head is rotated against the second.
    private double[] Rotated(double[] heads, int position)
    {
        var result = (double[])heads.Clone();
        if (!_config.HasRotaryPositions)
            return result;
        int half = _config.HeadSize / 2;
        for (int start = 0; start < heads.Length; start += _config.HeadSize)
        {
            for (int i = 0; i < half; i++)
            {
                double angle = position * Stretched(Math.Pow(_config.RopeTheta, -2.0 * i / _config.HeadSize));
                (double a, double b) = (heads[start + i], heads[start + half + i]);
                result[start + i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
                result[start + half + i] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
            }
        }

        return result;
    }

    // As Llama 3.1's release writes it, by wavelength.
    private double Stretched(double frequency)
    {
        if (_config.RopeScaling is RopeScaling.Linear linear)
            return frequency / linear.Factor;
        if (_config.RopeScaling is not RopeScaling.Llama3 scaling)
            return frequency;
        double wave = 2 * Math.PI / frequency;
        double old = scaling.OriginalContextLength;
        if (wave < old / scaling.HighFrequencyFactor)
            return frequency;
        if (wave > old / scaling.LowFrequencyFactor)
            return frequency / scaling.Factor;
        double smooth = ((old / wave) - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - smooth) * frequency / scaling.Factor) + (smooth * frequency);
    }

    private double[] Linear(int layer, string projection, double[] x)
    {
        double[] y = Product(model.Weights[ModelWeights.Projection(layer, projection)], x);
        if (_config.HasBias(projection))
            y = Sum(y, Array.ConvertAll(model.Weights[ModelWeights.ProjectionBias(layer, projection)].Values, value => (double)value));
        if (adapter?.Modules.GetValueOrDefault(Projections.Path(layer, projection)) is not { } pair)
            return y;
        return Sum(y, [.. Product(pair.B, Product(pair.A, x)).Select(change => change * adapter.Alpha / adapter.Rank)]);
    }

    private double[] Norm(double[] x, string name)
    {
        double[] centred = _config.HasLayerNorms ? [.. x.Select(value => value - x.Average())] : x;
        double factor = 1 / Math.Sqrt((centred.Sum(value => value * value) / x.Length) + _config.NormEpsilon);
        float[] scale = model.Weights[name].Values;
        float[]? bias = _config.HasLayerNorms ? model.Weights[ModelWeights.NormBias(name)].Values : null;
        return [.. centred.Select((value, i) => (value * factor * scale[i]) + (bias?[i] ?? 0))];
    }

    private static double[] Product(WeightTensor w, double[] x)
    {
        var y = new double[w.Shape[0]];
        for (int row = 0; row < y.Length; row++)
        {
            for (int i = 0; i < x.Length; i++)
                y[row] += w.Values[(row * x.Length) + i] * x[i];
        }

        return y;
    }

    private static double[] Row(WeightTensor w, int row) => Array.ConvertAll(w.Values[(row * w.Shape[1])..((row + 1) * w.Shape[1])], value => (double)value);

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
