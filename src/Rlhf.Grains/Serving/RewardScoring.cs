using System.Collections.Immutable;
using Orleans;
using Orleans.Metadata;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Serving;

/// <summary>The reward models as a process that serves sees them: it asks one that learns, for only those have libtorch.</summary>
public sealed class RewardScoring
{
    private static readonly GrainType Reward = GrainType.Create(RoleGrains.RewardType);
    private readonly IGrainFactory _grains;
    private readonly IClusterManifestProvider _cluster;
    private readonly CatalogCache _catalog;
    private readonly ServingOptions _options;
    private readonly TimeProvider _time;
    private readonly PerVersion<bool> _known;

    /// <summary>Knows of no reward model yet.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="cluster">What each silo of it holds.</param>
    /// <param name="catalog">Names the model.</param>
    /// <param name="options">How replies are scored, and how long that may take.</param>
    /// <param name="time">The clock.</param>
    public RewardScoring(IGrainFactory grains, IClusterManifestProvider cluster, CatalogCache catalog, ServingOptions options, TimeProvider time)
    {
        _grains = grains;
        _cluster = cluster;
        _catalog = catalog;
        _options = options;
        _time = time;
        _known = new PerVersion<bool>(version => AskAsync((reward, patience) => reward.PrepareAsync(version, patience), CancellationToken.None));
    }

    /// <summary>The versions that are known to have a reward model, or to have none.</summary>
    internal IEnumerable<string> Known => _known.Loaded;

    /// <summary>Whether a version has a reward model; one that has can be scored with from here on. Each version is asked about once.</summary>
    /// <exception cref="RefusedException">No process that learns answers.</exception>
    internal Task<bool> HasAsync(string version) => _known.GetAsync(version);

    /// <summary>Forgets every version but these.</summary>
    internal void KeepOnly(IReadOnlySet<string> versions) => _known.KeepOnly(versions);

    /// <summary>The place of the reply with the highest score.</summary>
    /// <exception cref="RefusedException">No process that learns answers.</exception>
    internal Task<int> BestAsync(string version, ImmutableArray<ChatMessage> messages, ImmutableArray<string> replies, CancellationToken cancellationToken)
    {
        var request = new ScoringRequest(version, messages, replies, _options.Conservative, _options.Uncertainty);
        return AskAsync((reward, patience) => reward.BestAsync(request, patience), cancellationToken);
    }

    /// <summary>How far the version's ensemble disagrees on a reply; null where it has no ensemble.</summary>
    /// <exception cref="RefusedException">No process that learns answers.</exception>
    internal async Task<double?> DisagreementAsync(string version, ImmutableArray<ChatMessage> messages, string reply, CancellationToken cancellationToken)
    {
        var request = new ScoringRequest(version, messages, [reply], _options.Conservative, _options.Uncertainty);
        return (await AskAsync((reward, patience) => reward.DisagreementAsync(request, patience), cancellationToken)) is [var disagreement] ? disagreement : null;
    }

    private async Task<T> AskAsync<T>(Func<IRewardGrain, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        if (!_cluster.Current.AllGrainManifests.Any(silo => silo.Grains.ContainsKey(Reward)))
        {
            throw Unavailable("no process with the role learner is up, and only such a process scores replies.");
        }

        using var patience = new CancellationTokenSource(_options.ScoringTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await ask(_grains.Reward(_catalog.Current.Model), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Unavailable($"the process with the role learner that scores them took longer than {_options.ScoringTimeout.TotalSeconds:0.###} s (Serving:ScoringTimeout).");
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            throw Unavailable("the process with the role learner that scores them ended, or can't be reached.");
        }
    }

    private static RefusedException Unavailable(string reason) => new(
        Refusal.Unavailable, $"The best of several replies can't be chosen: {reason} Try again soon, or leave best_of out.", "best_of");
}
