using TorchSharp;
using Rlhf.Learning.Model;

namespace Rlhf.Learning.Ppo;

/// <summary>Collects an iteration's figures under TRL's names.</summary>
internal sealed class PpoFigures
{
    private readonly Dictionary<string, double> _objective;
    private readonly List<(double PolicyLoss, double ValueLoss, double ApproxKl, double ClipShare, double ValueClipShare, double Ratio, double RatioVariance)> _steps = [];

    /// <summary>Takes in what was sampled, before the update.</summary>
    public PpoFigures(IReadOnlyList<Minibatch> batches, double klCoefficient)
    {
        var replies = batches.Sum(batch => batch.Rollouts.Length);
        double k1 = 0, k3 = 0, surprise = 0, difference = 0;
        foreach (var batch in batches)
        {
            float[] engine = [.. batch.Rollouts.SelectMany(r => r.EngineLogProbs)];
            for (var n = 0; n < engine.Length; n++)
            {
                k1 += batch.PolicyLogProbs[n] - batch.ReferenceLogProbs[n];
                k3 += PpoLoss.K3(batch.PolicyLogProbs[n], batch.ReferenceLogProbs[n]);
                surprise -= batch.PolicyLogProbs[n];
                difference = Math.Max(difference, Math.Abs(engine[n] - batch.PolicyLogProbs[n]));
            }
        }

        Kl = k1 / replies;
        var scores = batches.Sum(batch => batch.Scores.Sum()) / replies;
        float[] values = [.. batches.SelectMany(batch => batch.Values)];
        float[] returns = [.. batches.SelectMany(batch => batch.Returns.SelectMany(r => r))];
        _objective = new Dictionary<string, double>
        {
            ["objective/kl"] = k3 / replies,
            ["objective/entropy"] = surprise / replies,
            ["objective/non_score_reward"] = -klCoefficient * Kl,
            ["objective/rlhf_reward"] = scores - (klCoefficient * Kl),
            ["objective/scores"] = scores,
            ["objective/kl_coef"] = klCoefficient,
            ["objective/length"] = values.Length / (double)replies,
            ["policy/entropy_avg"] = batches.Average(batch => batch.Entropy),
            ["val/num_eos_tokens"] = batches.Sum(batch => batch.Rollouts.Count(r => r.Ended)),
            ["val/explained_variance"] = ExplainedVariance(values, returns),
            ["val/engine_difference"] = difference,
        };
    }

    /// <summary>Mean KL to the reference, in nats a reply, by the estimator k1.</summary>
    public double Kl { get; }

    /// <summary>Takes in one step.</summary>
    public void Add(torch.Tensor policyLoss, torch.Tensor valueLoss, torch.Tensor ratio, torch.Tensor valueClipped, double approxKl, double clip)
    {
        var ratios = ratio.ToArray();
        var mean = ratios.Average();
        _steps.Add((
            policyLoss.item<float>(),
            valueLoss.item<float>(),
            approxKl,
            ratios.Average(r => Math.Abs(r - 1) > clip ? 1.0 : 0.0),
            valueClipped.to_type(torch.ScalarType.Float32).mean().item<float>(),
            mean,
            ratios.Average(r => (r - mean) * (r - mean))));
    }

    /// <summary>All figures.</summary>
    public IReadOnlyDictionary<string, double> ToMetrics(double learningRate, int episodes, int dropped)
    {
        var metrics = new Dictionary<string, double>(_objective)
        {
            ["lr"] = learningRate,
            ["episode"] = episodes,
            ["val/dropped_steps"] = dropped,
            ["val/steps"] = _steps.Count,
        };
        if (_steps.Count > 0)
        {
            metrics["loss/policy_avg"] = _steps.Average(s => s.PolicyLoss);
            metrics["loss/value_avg"] = _steps.Average(s => s.ValueLoss);
            metrics["policy/approxkl_avg"] = _steps.Average(s => s.ApproxKl);
            metrics["policy/clipfrac_avg"] = _steps.Average(s => s.ClipShare);
            metrics["val/clipfrac_avg"] = _steps.Average(s => s.ValueClipShare);
            metrics["val/ratio"] = _steps.Average(s => s.Ratio);
            metrics["val/ratio_first"] = _steps[0].Ratio;
            metrics["val/ratio_var"] = _steps.Average(s => s.RatioVariance);
        }

        return metrics;
    }

    private static double ExplainedVariance(float[] values, float[] returns)
    {
        var mean = returns.Average(r => (double)r);
        var total = returns.Sum(r => (r - mean) * (r - mean));
        var residuals = returns.Zip(values, (r, v) => (double)r - v).ToArray();
        var residualMean = residuals.Average();
        return total > 0 ? 1 - (residuals.Sum(e => (e - residualMean) * (e - residualMean)) / total) : 0;
    }
}
