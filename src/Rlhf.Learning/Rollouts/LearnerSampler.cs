using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Runs;
using TorchSharp;

namespace Rlhf.Learning.Rollouts;

/// <summary>A run's replies: from a decode engine of its own while the trunk lies on the CPU, from the trunk itself on any other device.</summary>
internal sealed class LearnerSampler : IRolloutSampler, IDisposable
{
    // All rollouts of an iteration wait in the engine's queue at once.
    private const int MostRollouts = 65_536;

    private readonly DecodeEngine? _engine;
    private readonly IRolloutSampler _sampler;

    public LearnerSampler(BaseModel model, CausalLm trunk, LearnerOptions options)
    {
        var learning = options.PolicyTraining;
        if (trunk.Device.type == DeviceType.CPU)
        {
            _engine = new DecodeEngine(model, new DecodeOptions { Threads = options.ThreadsHere, MaxQueue = MostRollouts, PromptTokensPerStep = 256, Traced = false });
            _sampler = new EngineSampler(model, _engine, learning.Temperature, learning.MaxReplyTokens);
        }
        else
        {
            _sampler = new TorchSampler(model, trunk, learning.Temperature, learning.MaxReplyTokens);
        }
    }

    public IReadOnlyList<Rollout> Sample(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong seed, CancellationToken cancellationToken) =>
        _sampler.Sample(policy, prompts, seed, cancellationToken);

    public IReadOnlyList<Rollout> Likeliest(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, CancellationToken cancellationToken) =>
        _sampler.Likeliest(policy, prompts, cancellationToken);

    public void Dispose() => _engine?.Dispose();
}
