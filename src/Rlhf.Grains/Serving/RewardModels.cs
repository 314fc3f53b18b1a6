using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Learning.Reward;
using Rlhf.Storage;

namespace Rlhf.Grains.Serving;

/// <summary>The reward models of the versions in this silo, each read when it is first asked for. The trunk that they
/// score with is libtorch's and a second copy of the weights, so it is made once, and only where somebody asks.</summary>
public sealed class RewardModels : IHostedService, IDisposable
{
    private readonly BaseModel _model;
    private readonly IAdapterStore _adapters;
    private readonly ServingOptions _options;
    private readonly PerVersion<SavedReward?> _loads;
    private readonly ScoringThread _scoring;

    /// <summary>None yet.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="adapters">Where a version's reward model is found.</param>
    /// <param name="options">How replies are chosen.</param>
    public RewardModels(BaseModel model, IAdapterStore adapters, ServingOptions options)
    {
        _model = model;
        _adapters = adapters;
        _options = options;
        _loads = new PerVersion<SavedReward?>(LoadAsync);
        _scoring = new ScoringThread(model, options.Threads);
    }

    /// <summary>The versions whose reward models were asked for and are in memory.</summary>
    public IEnumerable<string> Names => _loads.Loaded;

    /// <summary>Where every request takes the best of several, what that needs must be there from the start.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        _options.BestOf > 1 ? _scoring.RunAsync(_ => true, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The reward model that a version was trained on; null when it has none. It stays good after its version is gone.</summary>
    public Task<SavedReward?> FindAsync(string version) => _loads.GetAsync(version);

    /// <summary>Lets go of every version's but these.</summary>
    public void KeepOnly(IReadOnlySet<string> versions) => _loads.KeepOnly(versions);

    /// <summary>The place of the reply with the highest conservative score. Scores on a thread of its own.</summary>
    /// <param name="judge">What scores.</param>
    /// <param name="messages">What the replies answer.</param>
    /// <param name="replies">The replies, at least one.</param>
    /// <param name="cancellationToken">Leaves the scoring, or its place in the line.</param>
    public Task<int> BestAsync(SavedReward judge, ImmutableArray<ChatMessage> messages, IReadOnlyList<string> replies, CancellationToken cancellationToken) =>
        _scoring.RunAsync(
            trunk =>
            {
                (string, string)[] context = [.. messages.Select(message => (message.Role, message.Content))];
                using var reward = judge.On(_model, trunk);
                RewardInput[] inputs = [.. replies.Select(reply => reward.Encoder.Encode(context, reply))];
                return reward.Best(inputs, _options.Uncertainty, _options.Conservative, cancellationToken);
            },
            cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _scoring.Dispose();

    private async Task<SavedReward?> LoadAsync(string version)
    {
        var bytes = version == ModelCatalog.Base ? null : await _adapters.LoadRewardAsync(version);
        return bytes is null ? null : await Task.Run(() => SavedReward.FromBytes(bytes, $"version '{version}'"));
    }
}
