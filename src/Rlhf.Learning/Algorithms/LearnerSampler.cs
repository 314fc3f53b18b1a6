using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;

namespace Rlhf.Learning.Algorithms;

/// <summary>A run's replies: from a decode engine of its own while the trunk lies on the CPU, from the trunk itself on any other device.</summary>
internal sealed class LearnerSampler : IRolloutSampler, IDisposable
{
    // All rollouts of an iteration wait in the engine's queue at once.
    private const int MostRollouts = 65_536;

    private readonly DecodeEngine? _engine;
    private readonly IRolloutSampler _sampler;

    /// <param name="model">The base model.</param>
    /// <param name="trunk">Its trunk.</param>
    /// <param name="options">How replies are drawn.</param>
    /// <param name="threads">Threads of the decode engine.</param>
    public LearnerSampler(BaseModel model, CausalLm trunk, PolicyOptions options, int threads)
    {
        if (trunk.Device.type == DeviceType.CPU)
        {
            _engine = new DecodeEngine(model, new DecodeOptions { Threads = threads, MaxQueue = MostRollouts, PromptTokensPerStep = 256, Traced = false });
            _sampler = new EngineSampler(model, _engine, options.Temperature, options.MaxReplyTokens);
        }
        else
        {
            _sampler = new TorchSampler(model, trunk, options.Temperature, options.MaxReplyTokens);
        }
    }

    public IReadOnlyList<Rollout> Sample(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong seed, CancellationToken cancellationToken) =>
        _sampler.Sample(policy, prompts, seed, cancellationToken);

    public IReadOnlyList<Rollout> Likeliest(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, CancellationToken cancellationToken) =>
        _sampler.Likeliest(policy, prompts, cancellationToken);

    public void Dispose() => _engine?.Dispose();
}
