using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class PpoLossTests
{
    private static readonly float[] LogProbs = [-1.0f, -2.0f, -0.5f, -3.0f, -1.2f];
    private static readonly float[] Old = [-1.1f, -1.5f, -0.5f, -3.6f, -1.3f];
    private static readonly float[] Weights = [1.0f, -0.5f, 0.3f, 2.0f, -1.5f];
    private static readonly float[] Values = [0.1f, 0.9f, -0.4f, 0.0f, 1.0f];
    private static readonly float[] OldValues = [0.0f, 0.5f, -0.4f, 0.3f, 0.9f];
    private static readonly float[] Returns = [1.0f, 0.2f, 0.1f, -0.5f, 1.5f];

    [Fact]
    public void The_policy_loss_is_its_plain_twin()
    {
        using var scope = NewDisposeScope();
        var expected = Enumerable.Range(0, 5).Average(i =>
        {
            var ratio = Math.Exp(LogProbs[i] - Old[i]);
            return Math.Max(-Weights[i] * ratio, -Weights[i] * Math.Clamp(ratio, 0.8, 1.2));
        });

        var loss = ClippedLoss.Of(tensor(LogProbs), tensor(Old), tensor(Weights), 0.2).Losses.mean();

        Assert.Equal(expected, loss.item<float>(), 1e-6);
    }

    // The numbers of ppo_reference.py.
    [Fact]
    public void The_policy_loss_and_its_gradient_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        var logProbs = new Parameter(tensor(LogProbs));

        var loss = ClippedLoss.Of(logProbs, tensor(Old), tensor(Weights), 0.2).Losses.mean();
        loss.backward();

        Assert.Equal(-0.3494829081924352, loss.item<float>(), 1e-6);
        Near([-0.22103418361512955, 0.0, -0.06, 0.0, 0.33155127542269436], logProbs.grad!.ToArray());
    }

    [Fact]
    public void The_value_loss_is_its_plain_twin()
    {
        using var scope = NewDisposeScope();
        var expected = 0.5 * Enumerable.Range(0, 5).Average(i =>
        {
            var near = OldValues[i] + Math.Clamp(Values[i] - OldValues[i], -0.2, 0.2);
            return Math.Max(Math.Pow(Values[i] - Returns[i], 2), Math.Pow(near - Returns[i], 2));
        });

        var (loss, _) = Ppo.ValueLoss(tensor(Values), tensor(OldValues), tensor(Returns), 0.2);

        Assert.Equal(expected, loss.item<float>(), 1e-6);
    }

    // The numbers of ppo_reference.py.
    [Fact]
    public void The_value_loss_and_its_gradient_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        var values = new Parameter(tensor(Values));

        var (loss, _) = Ppo.ValueLoss(values, tensor(OldValues), tensor(Returns), 0.2);
        loss.backward();

        Assert.Equal(0.216, loss.item<float>(), 1e-6);
        Near([-0.18, 0.14, -0.1, 0.0, -0.1], values.grad!.ToArray());
    }

    [Fact]
    public void K3_is_never_negative_and_on_average_the_KL()
    {
        double[] p = [0.5, 0.3, 0.2];
        double[] q = [0.2, 0.2, 0.6];
        var kl = p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();

        var estimates = p.Zip(q, (a, b) => KlEstimators.K3(Math.Log(a), Math.Log(b))).ToArray();

        Assert.All(estimates, estimate => Assert.True(estimate >= 0));
        Assert.Equal(kl, p.Zip(estimates, (a, estimate) => a * estimate).Sum(), 1e-12);
    }

    private static void Near(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-5);
    }
}
