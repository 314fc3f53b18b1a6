using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Algorithms;

/// <summary>Against the numbers of preference_reference.py: two replies, of three tokens and of two.</summary>
public sealed class GrpoLossTests
{
    private static readonly float[] LogProbs = [-1.0f, -2.0f, -0.5f, -3.0f, -1.2f];
    private static readonly float[] Old = [-1.1f, -1.5f, -0.5f, -3.6f, -1.3f];

    [Fact]
    public void The_loss_of_GRPO_and_its_gradient_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        var logProbs = new Parameter(tensor(LogProbs));

        var (policy, kl) = Grpo.Loss(
            ClippedLoss.Of(logProbs, tensor(Old), tensor([1f, 1f, 1f, -1f, -1f]), clip: 0.2),
            logProbs, tensor([-1.3f, -1.9f, -0.7f, -2.5f, -1.2f]), tensor([1 / 6f, 1 / 6f, 1 / 6f, 1 / 4f, 1 / 4f]));
        var loss = policy + (kl * 0.04);
        loss.backward();

        Assert.Equal(0.281790845304396, loss.item<float>(), 1e-6);
        Near([-0.18246727448381939, -0.10178958273927655, -0.16545820502051986, 0.449042487390626, 0.27629272951891193], logProbs.grad!.ToArray());
    }

    [Fact]
    public void The_loss_of_RLOO_takes_each_reply_for_one_action_as_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        var logProbs = new Parameter(tensor(LogProbs));
        var members = Membership.Of([3, 2], CPU);

        var clipped = ClippedLoss.Of(members.mv(logProbs), members.mv(tensor(Old)), tensor([0.7f, -1.1f]), clip: 0.2);
        var loss = clipped.Losses.mean();
        loss.backward();

        Assert.Equal(0.8729519729962888, loss.item<float>(), 1e-5);
        Near([0.6703200460356393, 2.013752707470477], clipped.Ratio.ToArray());
        Near([-0.23461201611247376, -0.23461201611247376, -0.23461201611247376, 1.1075639891087625, 1.1075639891087625], logProbs.grad!.ToArray());
    }

    private static void Near(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-5);
    }
}
