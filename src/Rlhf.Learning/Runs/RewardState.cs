using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Reward;

namespace Rlhf.Learning.Runs;

/// <summary>The reward model in a checkpoint.</summary>
internal static class RewardState
{
    private const string Prefix = "reward.";
    private const string LoraPrefix = Prefix + "lora.";

    /// <summary>The model as named tensors.</summary>
    public static IEnumerable<KeyValuePair<string, WeightTensor>> Tensors(RewardModel reward) =>
    [
        .. reward.Heads.ToTensors().Select(named => KeyValuePair.Create(Prefix + named.Name, named.Tensor)),
        .. reward.Adapter.Modules.SelectMany(module => (KeyValuePair<string, WeightTensor>[])
            [new($"{LoraPrefix}{module.Key}.A", module.Value.A), new($"{LoraPrefix}{module.Key}.B", module.Value.B)]),
    ];

    /// <summary>The model from a checkpoint.</summary>
    public static RewardModel Restore(BaseModel model, CausalLm trunk, RewardOptions options, RunState state, IReadOnlyDictionary<string, WeightTensor> tensors)
    {
        var modules = tensors.Keys
            .Where(name => name.StartsWith(LoraPrefix, StringComparison.Ordinal) && name.EndsWith(".A", StringComparison.Ordinal))
            .ToDictionary(name => name[LoraPrefix.Length..^2], name => new LoraPair(tensors[name], tensors[name[..^1] + "B"]));
        var rank = modules.Values.First().A.Shape[0];
        return new RewardModel(
            model, trunk, options, new LoraAdapter(rank, state.RewardAlpha, modules),
            RewardHeads.FromTensors(name => tensors[Prefix + name], state.ScoreMean, state.ScoreScale));
    }
}
