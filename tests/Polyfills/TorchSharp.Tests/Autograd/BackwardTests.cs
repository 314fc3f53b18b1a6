using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Tests.Autograd;

public sealed class BackwardTests
{
    [Fact]
    public void GradientsAddUpUntilTheyAreCleared()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f }, requires_grad: true);

        (x * x).sum().backward();
        (x * x).sum().backward();
        Assert.Equal([4f, 8f], x.grad!.data<float>().ToArray());

        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void AGradientCanBeSetAndLeavesOnlyKeepOne()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var middle = x * 3;
        var kept = x * 4;
        kept.retain_grad();

        (middle + kept).sum().backward();

        Assert.True(x.is_leaf);
        Assert.False(middle.is_leaf);
        Assert.Null(middle.grad);
        Assert.Equal([1f, 1f], kept.grad!.data<float>().ToArray());
        x.grad = full([2], 5f);
        Assert.Equal([5f, 5f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void TheGraphOfAGradientIsThereWhenAskedFor()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);

        var first = autograd.grad([x.pow(3)], [x], create_graph: true)[0];
        var second = autograd.grad([first], [x])[0];

        Assert.Equal(12.0, first.ToDouble(), 1e-12);
        Assert.Equal(12.0, second.ToDouble(), 1e-12);
    }

    [Fact]
    public void OutputGradientsWeighTheOutputs()
    {
        using var scope = NewDisposeScope();
        var x = ones(3, requires_grad: true);

        autograd.backward(x * 2, tensor(new[] { 1f, 10f, 100f }));

        Assert.Equal([2f, 20f, 200f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void ASecondBackwardThroughTheSameGraphIsRefused()
    {
        using var scope = NewDisposeScope();
        var x = ones(3, requires_grad: true);
        var loss = (x * x).sum();
        loss.backward();

        var error = Assert.Throws<ExternalException>(loss.backward);

        Assert.Contains("second time", error.Message);
    }
}
