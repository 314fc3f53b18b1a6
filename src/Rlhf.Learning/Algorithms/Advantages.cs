namespace Rlhf.Learning.Algorithms;

/// <summary>Generalised advantage estimation (Schulman et al. 2016) over the tokens of one reply.</summary>
public static class Advantages
{
    /// <summary>
    /// <c>δ_t = r_t + γ·V_{t+1} − V_t</c>, <c>A_t = δ_t + γλ·A_{t+1}</c>, <c>R_t = A_t + V_t</c>. After the last token the value is 0:
    /// a reply is a whole episode, and a truncated one has paid for it in its score.
    /// </summary>
    /// <param name="rewards">Reward of each token.</param>
    /// <param name="values">Value before each token, of the same length.</param>
    /// <param name="gamma">Discount γ.</param>
    /// <param name="lambda">Trace decay λ.</param>
    /// <returns>The advantages and the returns, one a token.</returns>
    public static (float[] Advantages, float[] Returns) Estimate(ReadOnlySpan<float> rewards, ReadOnlySpan<float> values, double gamma, double lambda)
    {
        if (rewards.Length != values.Length)
        {
            throw new ArgumentException($"There are {rewards.Length} rewards and {values.Length} values; each token needs one of both.", nameof(values));
        }

        var advantages = new float[rewards.Length];
        var returns = new float[rewards.Length];
        double running = 0, next = 0;
        for (var t = rewards.Length - 1; t >= 0; t--)
        {
            running = rewards[t] + (gamma * next) - values[t] + (gamma * lambda * running);
            next = values[t];
            advantages[t] = (float)running;
            returns[t] = (float)(running + next);
        }

        return (advantages, returns);
    }

    /// <summary>Shifts and scales the advantages of a whole batch of replies, in place, to mean 0 and standard deviation 1.</summary>
    public static void Whiten(IReadOnlyList<float[]> advantages)
    {
        double count = 0, sum = 0, squares = 0;
        foreach (var a in advantages.SelectMany(reply => reply))
        {
            count++;
            sum += a;
            squares += (double)a * a;
        }

        if (count < 2)
        {
            return;
        }

        var mean = sum / count;
        var scale = 1 / Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)) + 1e-8);
        foreach (var reply in advantages)
        {
            for (var t = 0; t < reply.Length; t++)
            {
                reply[t] = (float)((reply[t] - mean) * scale);
            }
        }
    }
}
