using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Data;

internal static class BatchTensors
{
    /// <summary>Log-probability of each token that counts, (M).</summary>
    public static Tensor LogProbs(this TokenBatch batch, CausalLm model, LoraParameters? lora = null)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(batch.Ids, [batch.Rows, batch.Columns], device: model.Device);            // (B, T)
        var positions = tensor(batch.Positions, device: model.Device);                             // (M)
        var targets = tensor(batch.Targets, device: model.Device);                                 // (M)
        return model.TokenLogProbs(model.Hidden(ids, lora), positions, targets).MoveToOuterDisposeScope();
    }
}
