using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Proximal policy optimisation of a language model against a reward model (Schulman et al. 2017; Ziegler et al. 2019; Stiennon et
/// al. 2020; TRL).
/// </summary>
/// <remarks>
/// Where this deviates from the sources:
/// <list type="bullet">
/// <item>Policy, reference, reward and value share one frozen trunk; policy and value train a LoRA each, so one loss has two disjoint
/// sets of parameters and one gradient norm over both.</item>
/// <item>Replies are cut into minibatches once an iteration and each epoch only changes the minibatches' order, so that what the
/// frozen layers below the value's LoRA make of them is computed once.</item>
/// <item>The old log-probs are recomputed here, so the first ratio is exactly 1; how far the decode engine's are from them is measured.</item>
/// <item>When the approximate KL of a step exceeds 1.5 times its target, the rest of the iteration's epochs go with that epoch: each
/// would stop at its first step.</item>
/// <item>β follows k1 as in Ziegler et al.; <c>objective/kl</c> reports k3, which is never negative and less noisy.</item>
/// <item>Rated replies of earlier versions may join (off unless asked for); their advantages carry the truncated importance weight of
/// the whole reply, while the clipped ratio is to the policy before the iteration, as in Hilton et al. 2021.</item>
/// </list>
/// </remarks>
internal sealed class PpoTrainer : OnPolicyTrainer
{
    private const string KlCoefficientName = "kl_coefficient";

    private readonly PpoOptions _options;
    private readonly ValueModel _value;
    private AdaptiveKl _kl;

    public PpoTrainer(PolicyTask task, PpoOptions options)
        : this(task, options, new ValueModel(task.Trunk, task.Reward.Adapter))
    {
    }

    private PpoTrainer(PolicyTask task, PpoOptions options, ValueModel value)
        : base(task, options, repliesPerPrompt: 1, (value, options.ValueLearningRate))
    {
        _options = options;
        _value = value;
        _kl = new AdaptiveKl(options.KlCoefficient, options.KlTarget, options.KlHorizon);
    }

    protected override double KlCoefficient => _kl.Coefficient;

    protected override int BelowLayer => _value.Layer;

    protected override IReadOnlyDictionary<string, double> Numbers => new Dictionary<string, double> { [KlCoefficientName] = _kl.Coefficient };

    public override void Restore(PolicySnapshot snapshot)
    {
        base.Restore(snapshot);
        _kl = new AdaptiveKl(snapshot.Numbers[KlCoefficientName], _options.KlTarget, _options.KlHorizon);
    }

    public override void Dispose()
    {
        base.Dispose();
        _value.Dispose();
    }

    protected override void Prepare(Shard shard)
    {
        var values = _value.Values(shard.Below, shard.Tokens.Positions).ToArray();                                  // (N)
        var at = 0;
        foreach (var sample in shard.Samples)
        {
            sample.Values = values[at..(at + sample.Length)];
            at += sample.Length;
        }
    }

    /// <summary>Rewards are −β·k1 a token and the score on the last one; GAE makes advantages and returns of them.</summary>
    protected override void Estimate(IReadOnlyList<Sample> samples)
    {
        foreach (var sample in samples)
        {
            var rewards = new float[sample.Length];
            for (var t = 0; t < rewards.Length; t++)
                rewards[t] = (float)(-_kl.Coefficient * (sample.Policy[t] - sample.Reference[t]));

            rewards[^1] += (float)sample.Score;
            (sample.Advantages, sample.Returns) = Advantages.Estimate(rewards, sample.Values, _options.Gamma, _options.Lambda);
        }

        Advantages.Whiten([.. samples.Select(sample => sample.Advantages)]);
    }

    protected override void Describe(IReadOnlyList<Sample> samples, Dictionary<string, double> metrics)
        => metrics["val/explained_variance"] = ExplainedVariance([.. samples.SelectMany(s => s.Values)], [.. samples.SelectMany(s => s.Returns)]);

    protected override Tensor[] Forward(Shard shard) => [.. base.Forward(shard), _value.Values(shard.Below, shard.Tokens.Positions)];

    protected override StepLoss Loss(Minibatch batch, IReadOnlyList<Tensor> outputs, Tensor old)
    {
        var (policyLoss, ratio) = PpoLoss.Policy(outputs[0], old, batch.Flat(sample => sample.Advantages), _options.ClipRatio);
        var (valueLoss, valueClipped) = PpoLoss.Value(outputs[1], batch.Flat(sample => sample.Values), batch.Flat(sample => sample.Returns), _options.ClipValue);
        return new StepLoss(
            policyLoss.Plus(valueLoss.Times(_options.ValueCoefficient)),
            [
                ("loss/policy_avg", policyLoss.item<float>()),
                ("loss/value_avg", valueLoss.item<float>()),
                ("val/clipfrac_avg", valueClipped.to_type(ScalarType.Float32).mean().item<float>()),
                .. RatioFigures.Of(ratio, _options.ClipRatio),
            ]);
    }

    protected override void Learned(IReadOnlyList<Sample> own)
    {
        if (own.Count > 0)
            _kl.Update(own.Average(sample => sample.Kl), own.Count);
    }

    private static double ExplainedVariance(float[] values, float[] returns)
    {
        if (returns.Length == 0)
            return 0;

        var mean = returns.Average(r => (double)r);
        var total = returns.Sum(r => (r - mean) * (r - mean));
        var residuals = returns.Zip(values, (r, v) => (double)r - v).ToArray();
        var residualMean = residuals.Average();
        return total > 0 ? 1 - (residuals.Sum(e => (e - residualMean) * (e - residualMean)) / total) : 0;
    }
}
