namespace Rlhf.Inference;

/// <summary>How a model's rotary frequencies were stretched for a longer context; <c>rope_scaling</c> of a config.json.</summary>
public abstract record RopeScaling
{
    private RopeScaling()
    {
    }

    /// <summary>The frequency to use for one of the unscaled ones, in radians a position.</summary>
    internal abstract double Scale(double frequency);

    /// <summary>Every frequency divided by the same factor.</summary>
    /// <param name="Factor">From 1.</param>
    public sealed record Linear(double Factor) : RopeScaling
    {
        internal override double Scale(double frequency) => frequency / Factor;
    }

    /// <summary>
    /// Llama 3.1's: long waves are stretched by the factor, short ones stay, and between the two it changes smoothly.
    /// </summary>
    /// <param name="Factor">From 1.</param>
    /// <param name="LowFrequencyFactor">Waves longer than the original context / this are stretched in full.</param>
    /// <param name="HighFrequencyFactor">Waves shorter than the original context / this stay.</param>
    /// <param name="OriginalContextLength">The context before stretching, in tokens.</param>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength) : RopeScaling
    {
        internal override double Scale(double frequency)
        {
            double turns = OriginalContextLength * frequency / (2 * Math.PI);
            double kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
            return frequency * ((1 - kept) / Factor + kept);
        }
    }
}
