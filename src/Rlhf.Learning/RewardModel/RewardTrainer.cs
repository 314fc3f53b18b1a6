using Rlhf.Inference;
using Rlhf.Learning.Model;

namespace Rlhf.Learning.RewardModel;

/// <summary>
/// Trains the reward model on thumbs, ratings and rankings at once. First linear probing, then fine-tuning (Kumar et al. 2022): with
/// hundreds of noisy labels the heads on the frozen trunk are the safe part, so they are solved for exactly, and the LoRA has to earn
/// its place on held-out groups.
/// </summary>
/// <remarks>
/// The heads read the trunk's states, the reply's length, and its words directly (a wide part beside the deep one, Cheng et al. 2016),
/// because taste is often a matter of words, which a small trunk's pooled states blur; and how like each judged reply a reply is
/// (<see cref="RewardKernel"/>).
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
        RewardInput[] inputs = [.. examples.SelectMany(e => e.Inputs)];
        var below = _trunk.Below(inputs, cancellationToken);
        return new RewardCorpus(_lm, examples, inputs, below, _trunk.Features(below, inputs, lora: null, cancellationToken));
    }

    /// <summary>Trains on some examples of a corpus.</summary>
    /// <param name="corpus">The examples.</param>
    /// <param name="chosen">Which of them to learn from; thumbs of both classes, or anything that is no thumb, must be among them.</param>
    /// <param name="seed">Equal seeds give equal models.</param>
    /// <param name="progress">Told steps done, steps in all and figures.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public RewardEnsemble Train(RewardCorpus corpus, IReadOnlyList<int> chosen, ulong seed, Action<int, int, IReadOnlyDictionary<string, double>> progress, CancellationToken cancellationToken)
    {
        int[] used = [.. chosen.Where(example => corpus.Examples[example].Weight > 0)];
        RewardExample[] examples = [.. used.Select(example => corpus.Examples[example])];
        int[] rows = [.. used.SelectMany(corpus.Rows)];
        RewardInput[] inputs = [.. rows.Select(row => corpus.Inputs[row])];
        float[][] frozen = [.. rows.Select(row => corpus.Features[row])];
        ThumbExample[] thumbs = [.. examples.OfType<ThumbExample>()];
        var steps = _options.LoraEpochs + 2;
        var cores = _lm.Workers.Cores(cancellationToken);
        var metrics = new Dictionary<string, double> { ["reward/examples"] = examples.Length };
        if (thumbs.Length > 0)
            metrics["reward/up"] = thumbs.Count(e => e.Up) / (double)thumbs.Length;

        var (kernel, factor, coordinates) = Kernel(inputs, seed, cores);
        var (mean, scale) = _trunk.Standard(frozen);
        var features = Linear(frozen);
        var (penalties, order) = RewardHeadTrainer.Choose(examples, features, _options, seed, cores);
        metrics["reward/l2_dense"] = penalties.Dense;
        metrics["reward/l2_words"] = penalties.Words;
        metrics["reward/agreement"] = penalties.Agreement == Penalties.LeftOut ? 0 : 1;
        metrics["reward/kernel"] = penalties.Kernel == Penalties.LeftOut ? 0 : 1;
        metrics["reward/held_out_order"] = order;
        progress(1, steps, metrics);

        var tuning = new LoraTuning(_model, _trunk, _options, penalties, seed);
        var lora = tuning.Tune(examples, features, [.. rows.Select(row => corpus.Below[row])], mean, scale, (epoch, loss) =>
        {
            metrics["reward/tuned_loss"] = loss;
            progress(1 + epoch, steps, metrics);
        }, cancellationToken);

        if (tuning.Improved)
        {
            using var parameters = new LoraParameters(_model.Config, lora, trainable: false, _lm.Device);
            frozen = _trunk.Features([.. rows.Select(row => corpus.Below[row])], inputs, parameters, cancellationToken);
            (mean, scale) = _trunk.Standard(frozen);
            features = Linear(frozen);
        }

        var heads = RewardHeadTrainer.Ensemble(examples, features, _options, penalties, seed, cores);
        metrics["reward/lora_improved"] = tuning.Improved ? 1 : 0;
        progress(steps, steps, metrics);
        return new RewardEnsemble(_model, _lm, _options, lora, new RewardHeads(
            mean, scale, [.. heads.Select(head => head.Model with { Kernel = RewardKernel.Dual(factor, head.Model.Kernel) })],
            penalties.Kernel == Penalties.LeftOut ? [] : kernel.Landmarks, new double[heads.Length], [.. heads.Select(_ => 1.0)]));

        LinearFeatures[] Linear(float[][] dense) =>
            [.. dense.Select((own, i) => new LinearFeatures(RewardHeads.Standardise(own, mean, scale), inputs[i].Views.All, coordinates[i]))];
    }

    /// <summary>The kernel, its factor L and each reply's coordinates; of more replies than may be landmarks, the seed's choice are.</summary>
    private (RewardKernel Kernel, float[][] Factor, float[][] Coordinates) Kernel(RewardInput[] inputs, ulong seed, ParallelOptions cores)
    {
        int[] order = [.. Enumerable.Range(0, inputs.Length)];
        if (inputs.Length > _options.Landmarks)
            SeededRandom.For(seed, "landmarks").Shuffle(order);

        ReplyViews[] views = [.. order.Select(i => inputs[i].Views)];
        var landmarks = Math.Min(views.Length, _options.Landmarks);
        var kernel = new RewardKernel(views[..landmarks]);
        var ordered = kernel.Coordinates(views[landmarks..], cores);
        var coordinates = new float[inputs.Length][];
        for (var i = 0; i < order.Length; i++)
            coordinates[order[i]] = ordered[i];

        return (kernel, ordered[..landmarks], coordinates);
    }
}
