using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Algorithms;

/// <summary>Against the numbers of preference_reference.py.</summary>
public sealed class PreferenceLossesTests
{
    [Fact]
    public void The_loss_of_DPO_and_its_gradient_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        var chosen = new Parameter(tensor([1.5f, -0.3f, 0f, 2f]));
        var rejected = new Parameter(tensor([0.2f, 0.4f, 0f, -1f]));

        var loss = Dpo.Loss(chosen, rejected, tensor([1f, 0.5f, 1f, 0.25f]), beta: 0.3);
        loss.backward();

        double[] gradient = [-0.044041887349441325, -0.03012588597678138, -0.05454545454545454, -0.007883195382954438];
        Assert.Equal(0.6172003041633767, loss.item<float>(), 1e-6);
        Near(gradient, chosen.grad!.ToArray());
        Near([.. gradient.Select(g => -g)], rejected.grad!.ToArray());
    }

    [Fact]
    public void The_loss_of_KTO_and_its_gradient_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        var ratios = new Parameter(tensor([1.5f, -0.3f, 0.8f, -2f]));

        var loss = Kto.Loss(ratios, tensor([1f, 1f, -1f, -1f]), tensor([1f, 0.5f, 1.2f, 0.7f]), reference: 0.4, beta: 0.5);
        loss.backward();

        Assert.Equal(0.37025166169338136, loss.item<float>(), 1e-6);
        Near([-0.029000955403022898, -0.015156087188906257, 0.037127485906778994, 0.015565763556595504], ratios.grad!.ToArray());
    }

    [Fact]
    public void A_policy_that_is_the_reference_has_the_loss_of_a_coin()
    {
        using var scope = NewDisposeScope();

        var loss = Dpo.Loss(zeros(3), zeros(3), ones(3), beta: 0.1);

        Assert.Equal(Math.Log(2), loss.item<float>(), 1e-6);
    }

    private static void Near(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-6);
    }
}
