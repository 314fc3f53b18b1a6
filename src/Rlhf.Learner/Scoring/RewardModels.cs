using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.RewardModel;
using Rlhf.Storage;

namespace Rlhf.Learner.Scoring;

/// <summary>The reward models of the versions in this process, each read when it is first asked for and let go when its version is served
/// no more. The trunk that they score with is libtorch's and a second copy of the weights, so it is made once, and only where somebody asks.</summary>
public sealed class RewardModels : IDisposable
{
    private readonly BaseModel _model;
    private readonly IAdapterStore _adapters;
    private readonly CatalogCache _catalog;
    private readonly PerVersion<SavedReward?> _loads;
    private readonly ScoringThread _scoring;

    /// <summary>None yet.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="adapters">Where a version's reward model is found.</param>
    /// <param name="catalog">Which versions are served.</param>
    /// <param name="options">How many threads this process computes with.</param>
    public RewardModels(BaseModel model, IAdapterStore adapters, CatalogCache catalog, LearnerOptions options)
    {
        _model = model;
        _adapters = adapters;
        _catalog = catalog;
        _loads = new PerVersion<SavedReward?>(LoadAsync);
        _scoring = new ScoringThread(model, options.ThreadsHere);
        _catalog.Changed += KeepServed;
    }

    /// <summary>The versions whose reward models were asked for and are in memory.</summary>
    public IEnumerable<string> Names => _loads.Loaded;

    /// <summary>Reads what scoring with a version needs. Returns whether the version has a reward model.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Leaves the line.</param>
    public async Task<bool> PrepareAsync(string version, CancellationToken cancellationToken)
    {
        await _scoring.RunAsync(_ => true, cancellationToken);
        return await _loads.GetAsync(version) is not null;
    }

    /// <summary>The place of the reply with the highest conservative score. Scores on a thread of its own.</summary>
    /// <param name="request">The replies.</param>
    /// <param name="cancellationToken">Leaves the scoring, or its place in the line.</param>
    /// <exception cref="RefusedException">The version has no reward model.</exception>
    public async Task<int> BestAsync(ScoringRequest request, CancellationToken cancellationToken)
    {
        var judge = await _loads.GetAsync(request.Version)
            ?? throw new RefusedException(Refusal.NotFound, $"Version '{request.Version}' has no reward model.", "model");
        return await _scoring.RunAsync(
            trunk =>
            {
                var context = request.Messages.ToDialogue();
                using var reward = judge.On(_model, trunk);
                RewardInput[] inputs = [.. request.Replies.Select(reply => reward.Encoder.Encode(context, reply))];
                return reward.Best(inputs, request.Uncertainty, KindOf(request.Conservative), cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>The standard deviation of the heads' scores, for each reply. Scores on a thread of its own.</summary>
    /// <param name="request">The replies.</param>
    /// <param name="cancellationToken">Leaves the scoring, or its place in the line.</param>
    /// <returns>Null where the version has no reward model, or one of a single head, which agrees with itself.</returns>
    public async Task<ImmutableArray<double>?> DisagreementAsync(ScoringRequest request, CancellationToken cancellationToken)
    {
        if (await _loads.GetAsync(request.Version) is not { } judge)
        {
            return null;
        }

        return await _scoring.RunAsync<ImmutableArray<double>?>(
            trunk =>
            {
                var context = request.Messages.ToDialogue();
                using var reward = judge.On(_model, trunk);
                var scores = reward.HeadScores([.. request.Replies.Select(reply => reward.Encoder.Encode(context, reply))], cancellationToken);
                return scores.Length == 0 || scores[0].Length < 2 ? null : [.. scores.Select(Deviation)];
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _catalog.Changed -= KeepServed;
        _scoring.Dispose();
    }

    private static double Deviation(double[] heads)
    {
        var mean = heads.Average();
        return Math.Sqrt(heads.Average(score => (score - mean) * (score - mean)));
    }

    private static ConservativeReward KindOf(ConservativeScore score) => score switch
    {
        ConservativeScore.LowerConfidenceBound => ConservativeReward.LowerConfidenceBound,
        ConservativeScore.UncertaintyWeighted => ConservativeReward.UncertaintyWeighted,
        ConservativeScore.WorstCase => ConservativeReward.WorstCase,
        _ => throw new ArgumentOutOfRangeException(nameof(score), score, "Say how the scores of the heads become one."),
    };

    private void KeepServed(ModelCatalog catalog) => _loads.KeepOnly(catalog.Versions.Select(served => served.Version).ToHashSet());

    private async Task<SavedReward?> LoadAsync(string version)
    {
        var bytes = version == ModelCatalog.Base ? null : await _adapters.LoadRewardAsync(version);
        return bytes is null ? null : await Task.Run(() => SavedReward.FromBytes(bytes, $"version '{version}'"));
    }
}
