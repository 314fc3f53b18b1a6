using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Reward;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Ppo;

/// <summary>
/// Proximal policy optimisation of a language model against a reward model (Schulman et al. 2017; Ziegler et al. 2019; Stiennon et
/// al. 2020; TRL). One call of <see cref="Iterate"/> samples, scores, and updates.
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
/// </list>
/// </remarks>
public sealed class PpoTrainer : IDisposable
{
    private const double ApproxKlTolerance = 1.5;
    private const string PolicyName = "policy";
    private const string ValueName = "value";

    private readonly CausalLm _trunk;
    private readonly RewardModel _reward;
    private readonly RolloutSampler _sampler;
    private readonly PpoPromptOrder _prompts;
    private readonly PpoOptions _options;
    private readonly ulong _seed;
    private readonly LoraParameters _policy;
    private readonly ValueModel _value;
    private readonly Parameter[] _trained;
    private readonly AdamW _policyOptimiser;
    private readonly AdamW _valueOptimiser;
    private AdaptiveKl _kl;
    private StepGuard _guard = new();

    /// <summary>Sets up a run at its start.</summary>
    /// <param name="trunk">The frozen trunk, which is the reference, too.</param>
    /// <param name="reward">The reward model; the value model starts from its LoRA.</param>
    /// <param name="sampler">Where rollouts come from.</param>
    /// <param name="policy">The adapter to go on from.</param>
    /// <param name="prompts">The prompts, at least one.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <param name="seed">Equal seeds give equal runs.</param>
    public PpoTrainer(CausalLm trunk, RewardModel reward, RolloutSampler sampler, LoraAdapter policy, IReadOnlyList<PpoPrompt> prompts, PpoOptions options, ulong seed)
    {
        _trunk = trunk;
        _reward = reward;
        _sampler = sampler;
        _prompts = new PpoPromptOrder(prompts, seed);
        _options = options;
        _seed = seed;
        _policy = new LoraParameters(trunk.Config, policy);
        _value = new ValueModel(trunk, reward.Adapter);
        _trained = [.. _policy.parameters(), .. _value.parameters()];
        _policyOptimiser = optim.AdamW(_policy.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        _valueOptimiser = optim.AdamW(_value.parameters(), options.ValueLearningRate, weight_decay: options.WeightDecay);
        _kl = new AdaptiveKl(options.KlCoefficient, options.KlTarget, options.KlHorizon);
    }

    /// <summary>Iterations done.</summary>
    public int Iteration { get; private set; }

    /// <summary>A copy of the policy as it is.</summary>
    public LoraAdapter Policy => _policy.ToAdapter();

    /// <summary>One round of rollout and update.</summary>
    /// <param name="cancellationToken">Stops between steps; the trainer is then of no more use, and a new one goes on from the checkpoint.</param>
    /// <returns>The iteration's figures, by TRL's names.</returns>
    /// <exception cref="NonFiniteTrainingException">Three steps in a row had to be dropped.</exception>
    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        var remaining = 1 - (Iteration / (double)_options.Iterations);
        SetLearningRate(_policyOptimiser, _options.LearningRate * remaining);
        SetLearningRate(_valueOptimiser, _options.ValueLearningRate * remaining);

        using var scope = NewDisposeScope();
        var prompts = _prompts.Take(Iteration * _options.Rollouts, _options.Rollouts);
        var rollouts = _sampler.Sample(Policy, prompts, SeededRandom.Hash(_seed, $"iteration {Iteration}"), cancellationToken);
        var scores = Scores(rollouts, cancellationToken);

        int[] order = [.. Enumerable.Range(0, rollouts.Count).Where(r => _guard.Allows($"iteration {Iteration}, score", scores[r]))];
        SeededRandom.For(_seed, "minibatches", Iteration).Shuffle(order);
        var size = (order.Length + _options.Minibatches - 1) / _options.Minibatches;
        Minibatch[] batches = [.. order.Chunk(Math.Max(1, size)).Select(rows =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Read([.. rows.Select(r => rollouts[r])], [.. rows.Select(r => scores[r])]);
        })];
        Advantages.Whiten([.. batches.SelectMany(batch => batch.Advantages)]);

        var figures = new PpoFigures(batches, _kl.Coefficient);
        Update(batches, figures, cancellationToken);

        _kl.Update(figures.Kl, order.Length);
        Iteration++;
        return figures.ToMetrics(_options.LearningRate * remaining, Iteration * _options.Rollouts, _guard.Dropped);
    }

    /// <summary>A copy of all state.</summary>
    internal PpoSnapshot Capture()
    {
        var policy = PpoSnapshot.Of(PolicyName, _policyOptimiser).ToArray();
        var value = PpoSnapshot.Of(ValueName, _valueOptimiser).ToArray();
        return new PpoSnapshot(
            Iteration,
            _kl.Coefficient,
            _guard.Dropped,
            [.. policy.Concat(value).Where(t => t.Name.EndsWith(".value", StringComparison.Ordinal)).Select(t => t.Step)],
            policy.Concat(value).ToDictionary(t => t.Name, t => t.Tensor));
    }

    /// <summary>Goes on from a copy; the trainer must have been made with the same arguments as the one that was copied.</summary>
    internal void Restore(PpoSnapshot snapshot)
    {
        var policies = _policyOptimiser.parameters().Count();
        snapshot.Restore(PolicyName, _policyOptimiser, snapshot.OptimiserSteps.Take(policies));
        snapshot.Restore(ValueName, _valueOptimiser, snapshot.OptimiserSteps.Skip(policies));
        _kl = new AdaptiveKl(snapshot.KlCoefficient, _options.KlTarget, _options.KlHorizon);
        _guard = new StepGuard(snapshot.DroppedSteps);
        Iteration = snapshot.Iteration;
    }

    /// <summary>What the reward model gives each reply, clipped, less the penalty for a missing end.</summary>
    private double[] Scores(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken)
    {
        var scores = _reward.Score([.. rollouts.Select(r => _reward.Encoder.Encode(r.Prompt.Context, r.Text))], cancellationToken);
        return [.. scores.Zip(rollouts, (score, rollout) =>
            Math.Clamp(score, -_options.ScoreClip, _options.ScoreClip) - (rollout.Ended ? 0 : _options.MissingEndPenalty))];
    }

    /// <summary>Everything about some rollouts that stays fixed while the iteration updates.</summary>
    private Minibatch Read(Rollout[] rollouts, double[] scores)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var tokens = RolloutBatch.Of(rollouts);
        var reference = _trunk.TokenLogProbs(_trunk.Hidden(tokens.Ids), tokens.Positions, tokens.Targets, _options.Temperature).ToArray();      // (N)
        var logits = _trunk.LogitsAt(_trunk.Hidden(tokens.Ids, _policy), tokens.Positions) / _options.Temperature;                              // (N, V)
        var all = nn.functional.log_softmax(logits, -1);                                                                                         // (N, V)
        var policy = all.gather(1, tokens.Targets.unsqueeze(1)).squeeze(1).ToArray();                                                            // (N)
        var entropy = (all.exp() * all).sum(-1).neg().mean().item<float>();
        var below = _value.Below(tokens.Ids);                                                                                                    // (B, T, d)
        var values = _value.Values(below, tokens.Positions).ToArray();                                                                           // (N)

        var batch = new Minibatch(
            tokens with { Ids = tokens.Ids.MoveToOuterDisposeScope(), Positions = tokens.Positions.MoveToOuterDisposeScope(), Targets = tokens.Targets.MoveToOuterDisposeScope() },
            below.MoveToOuterDisposeScope(), rollouts, scores, policy, reference, values, entropy);
        var at = 0;
        for (var r = 0; r < rollouts.Length; r++)
        {
            var n = rollouts[r].Reply.Length;
            var rewards = new float[n];
            for (var t = 0; t < n; t++)
                rewards[t] = (float)(-_kl.Coefficient * (policy[at + t] - reference[at + t]));              // k1

            rewards[^1] += (float)scores[r];
            (batch.Advantages[r], batch.Returns[r]) = Advantages.Estimate(rewards, values.AsSpan(at, n), _options.Gamma, _options.Lambda);
            at += n;
        }

        return batch;
    }

    private void Update(Minibatch[] batches, PpoFigures figures, CancellationToken cancellationToken)
    {
        for (var epoch = 0; epoch < _options.Epochs; epoch++)
        {
            SeededRandom.For(_seed, $"epoch {epoch}", Iteration).Shuffle(batches);
            foreach (var batch in batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Step(batch, figures) > ApproxKlTolerance * _options.ApproxKlTarget)
                    return;
            }
        }
    }

    /// <summary>One step of the optimisers.</summary>
    /// <returns>The approximate KL to the policy that sampled, in nats a token.</returns>
    private double Step(Minibatch batch, PpoFigures figures)
    {
        using var scope = NewDisposeScope();
        var (ids, positions, targets) = batch.Tokens;
        var old = tensor(batch.PolicyLogProbs);                                                                     // (N)
        var logProbs = _trunk.TokenLogProbs(_trunk.Hidden(ids, _policy), positions, targets, _options.Temperature); // (N)
        var (policyLoss, ratio) = PpoLoss.Policy(logProbs, old, tensor(batch.Advantages.SelectMany(a => a).ToArray()), _options.ClipRatio);
        var values = _value.Values(batch.Below, positions);                                                         // (N)
        var (valueLoss, valueClipped) = PpoLoss.Value(values, tensor(batch.Values), tensor(batch.Returns.SelectMany(r => r).ToArray()), _options.ClipValue);
        var loss = policyLoss + (valueLoss * _options.ValueCoefficient);

        _policyOptimiser.zero_grad();
        _valueOptimiser.zero_grad();
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(_trained, _options.GradientNorm);
        var approxKl = (logProbs.detach() - old).pow(2).mean().item<float>() / 2.0;
        if (!_guard.Allows($"iteration {Iteration}", loss.item<float>(), norm, approxKl))
            return 0;

        // A step too far is not taken: the ratio that shows it comes from the steps before.
        if (approxKl <= ApproxKlTolerance * _options.ApproxKlTarget)
        {
            _policyOptimiser.step();
            _valueOptimiser.step();
        }

        figures.Add(policyLoss, valueLoss, ratio, valueClipped, approxKl, _options.ClipRatio);
        return approxKl;
    }

    private static void SetLearningRate(AdamW optimiser, double rate)
    {
        foreach (var group in optimiser.ParamGroups)
            group.LearningRate = rate;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _policyOptimiser.Dispose();
        _valueOptimiser.Dispose();
        _policy.Dispose();
        _value.Dispose();
    }
}
