namespace Rlhf.Inference;

/// <summary>The angles by which rotary positions turn pairs of a head's numbers (arXiv 2104.09864).</summary>
public static class RotaryFrequencies
{
    /// <summary>Radians a position for each pair of a head, (head size / 2), in float32 as the models were trained with.</summary>
    public static float[] Of(ModelConfig config)
    {
        var frequencies = new float[config.HeadSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            double frequency = 1 / Math.Pow(config.RopeTheta, 2.0 * i / config.HeadSize);
            frequencies[i] = (float)(config.RopeScaling?.Scale(frequency) ?? frequency);
        }

        return frequencies;
    }
}
