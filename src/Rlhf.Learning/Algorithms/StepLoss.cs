using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>What an algorithm makes of a minibatch.</summary>
/// <param name="Total">The loss, a scalar with gradient.</param>
/// <param name="Figures">Numbers to report, by TRL's names; an iteration reports their means over its steps.</param>
internal sealed record StepLoss(Tensor Total, params IReadOnlyList<(string Name, double Value)> Figures);
