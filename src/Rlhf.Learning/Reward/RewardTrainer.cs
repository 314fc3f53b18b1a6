using Rlhf.Inference;
using Rlhf.Learning.Model;

namespace Rlhf.Learning.Reward;

/// <summary>
/// Trains the reward model on thumbs. First linear probing, then fine-tuning (Kumar et al. 2022): with hundreds of noisy labels the
/// heads on the frozen trunk are the safe part, so they are solved for exactly, and the LoRA has to earn its place on held-out groups.
/// </summary>
/// <remarks>
/// The heads read the trunk's states, the reply's length, and its words directly (a wide part beside the deep one, Cheng et al. 2016),
/// because taste is often a matter of words, which a small trunk's pooled states blur.
/// </remarks>
public sealed class RewardTrainer
{
    private readonly BaseModel _model;
    private readonly CausalLm _lm;
    private readonly RewardOptions _options;
    private readonly RewardTrunk _trunk;

    /// <summary>Sets up training on a shared trunk.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="trunk">Its frozen trunk.</param>
    /// <param name="options">How to train.</param>
    public RewardTrainer(BaseModel model, CausalLm trunk, RewardOptions options)
    {
        _model = model;
        _lm = trunk;
        _options = options;
        _trunk = new RewardTrunk(model, trunk, options);
    }

    /// <summary>Lets the frozen trunk read the examples.</summary>
    public RewardCorpus Read(IReadOnlyList<RewardExample> examples, CancellationToken cancellationToken)
    {
        RewardInput[] inputs = [.. examples.Select(e => e.Input)];
        var below = _trunk.Below(inputs, cancellationToken);
        return new RewardCorpus(_lm, examples, below, _trunk.Features(below, inputs, lora: null, cancellationToken));
    }

    /// <summary>Trains on some rows of a corpus.</summary>
    /// <param name="corpus">The examples.</param>
    /// <param name="rows">Which of them to learn from; there must be both classes among them.</param>
    /// <param name="seed">Equal seeds give equal models.</param>
    /// <param name="progress">Told steps done, steps in all and figures.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public RewardModel Train(RewardCorpus corpus, IReadOnlyList<int> rows, ulong seed, Action<int, int, IReadOnlyDictionary<string, double>> progress, CancellationToken cancellationToken)
    {
        int[] used = [.. rows.Where(row => corpus.Examples[row].Weight > 0)];
        RewardExample[] examples = [.. used.Select(row => corpus.Examples[row])];
        float[][] frozen = [.. used.Select(row => corpus.Features[row])];
        var steps = _options.LoraEpochs + 2;
        var metrics = new Dictionary<string, double> { ["reward/examples"] = examples.Length, ["reward/up"] = examples.Count(e => e.Up) / (double)examples.Length };

        var (mean, scale) = _trunk.Standard(frozen);
        var features = Linear(examples, frozen, mean, scale);
        var (penalties, heldOutAuroc) = HeadFit.Choose(examples, features, _options.NGramBuckets, seed, cancellationToken);
        metrics["reward/l2_dense"] = penalties.Dense;
        metrics["reward/l2_sparse"] = penalties.Sparse;
        metrics["reward/held_out_auroc"] = heldOutAuroc;
        progress(1, steps, metrics);

        var tuning = new LoraTuning(_model, _trunk, _options, penalties, seed);
        var lora = tuning.Tune(examples, [.. used.Select(row => corpus.Below[row])], frozen, mean, scale, (epoch, loss) =>
        {
            metrics["reward/tuned_loss"] = loss;
            progress(1 + epoch, steps, metrics);
        }, cancellationToken);

        if (tuning.Improved)
        {
            using var parameters = new LoraParameters(_model.Config, lora, trainable: false);
            frozen = _trunk.Features([.. used.Select(row => corpus.Below[row])], [.. examples.Select(e => e.Input)], parameters, cancellationToken);
            (mean, scale) = _trunk.Standard(frozen);
            features = Linear(examples, frozen, mean, scale);
        }

        var heads = HeadFit.Ensemble(examples, features, _options.NGramBuckets, _options.Heads, penalties, seed, cancellationToken);
        metrics["reward/lora_improved"] = tuning.Improved ? 1 : 0;
        progress(steps, steps, metrics);
        return new RewardModel(_model, _lm, _options, lora, new RewardHeads(mean, scale, heads, new double[heads.Length], [.. heads.Select(_ => 1.0)]));
    }

    private static LinearFeatures[] Linear(RewardExample[] examples, float[][] dense, float[] mean, float[] scale) =>
        [.. examples.Select((e, i) => new LinearFeatures(RewardHeads.Standardise(dense[i], mean, scale), e.Input.NGrams))];
}
