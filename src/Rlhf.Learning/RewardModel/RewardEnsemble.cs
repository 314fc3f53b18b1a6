using Rlhf.Inference;
using Rlhf.Learning.Model;

namespace Rlhf.Learning.RewardModel;

/// <summary>Scores replies as the raters would: frozen trunk, a LoRA of its own on the top layers, an ensemble of heads.</summary>
public sealed class RewardEnsemble : IDisposable
{
    private readonly RewardTrunk _trunk;
    private readonly RewardOptions _options;

    /// <summary>Puts a trained model together.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="trunk">Its trunk, which the reward model shares and does not own.</param>
    /// <param name="options">What it was trained with.</param>
    /// <param name="lora">The LoRA of the top layers.</param>
    /// <param name="heads">The heads.</param>
    public RewardEnsemble(BaseModel model, CausalLm trunk, RewardOptions options, LoraAdapter lora, RewardHeads heads)
    {
        _trunk = new RewardTrunk(model, trunk, options);
        _options = options;
        Encoder = new RewardEncoder(model, options);
        Adapter = lora;
        Lora = new LoraParameters(model.Config, lora, trainable: false, trunk.Device);
        Heads = heads;
    }

    /// <summary>Turns replies into what the model reads.</summary>
    public RewardEncoder Encoder { get; }

    /// <summary>The LoRA as numbers.</summary>
    public LoraAdapter Adapter { get; }

    /// <summary>The heads.</summary>
    public RewardHeads Heads { get; private set; }

    private LoraParameters Lora { get; }

    /// <summary>Each head's normalised score of each reply.</summary>
    public double[][] HeadScores(IReadOnlyList<RewardInput> inputs, CancellationToken cancellationToken)
    {
        var below = _trunk.Below(inputs, cancellationToken);
        try
        {
            var features = _trunk.Features(below, inputs, Lora, cancellationToken);
            return [.. inputs.Select((input, i) => Heads.Score(features[i], input.Views))];
        }
        finally
        {
            foreach (var residual in below)
                residual?.Dispose();
        }
    }

    /// <summary>Each head's normalised score of some of a corpus's replies.</summary>
    internal double[][] HeadScores(RewardCorpus corpus, IReadOnlyList<int> rows, CancellationToken cancellationToken)
    {
        RewardInput[] inputs = [.. rows.Select(row => corpus.Inputs[row])];
        var features = _trunk.Features([.. rows.Select(row => corpus.Below[row])], inputs, Lora, cancellationToken);
        return [.. inputs.Select((input, i) => Heads.Score(features[i], input.Views))];
    }

    /// <summary>The conservative reward of each reply, in standard deviations of the reference policy's.</summary>
    public double[] Score(IReadOnlyList<RewardInput> inputs, CancellationToken cancellationToken) =>
        Score(inputs, _options.Uncertainty, _options.Conservative, cancellationToken);

    /// <summary>Best-of-n: the place of the reply with the highest conservative reward, the first of equals.</summary>
    /// <param name="inputs">The replies, at least one.</param>
    /// <param name="lambda">λ: a choice among several replies is led astray by a head's mistakes more easily than training is.</param>
    /// <param name="kind">How the heads' scores become one.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public int Best(IReadOnlyList<RewardInput> inputs, double lambda, ConservativeReward kind, CancellationToken cancellationToken)
    {
        var scores = Score(inputs, lambda, kind, cancellationToken);
        return Array.IndexOf(scores, scores.Max());
    }

    /// <summary>The model without its trunk, to be kept.</summary>
    public SavedReward Save() => new(_options, Adapter, Heads);

    /// <summary>Sets the scale on which the reference policy's own replies have mean 0 and standard deviation 1.</summary>
    public void NormaliseOn(IReadOnlyList<RewardInput> referenceReplies, CancellationToken cancellationToken) =>
        Heads = Heads.Normalised(HeadScores(referenceReplies, cancellationToken));

    /// <inheritdoc/>
    public void Dispose() => Lora.Dispose();

    private double[] Score(IReadOnlyList<RewardInput> inputs, double lambda, ConservativeReward kind, CancellationToken cancellationToken) =>
        [.. HeadScores(inputs, cancellationToken).Select(scores => RewardHeads.Conservative(scores, lambda, kind))];
}
