using static TorchSharp.torch;

namespace TorchSharp.Tests.Autograd;

public sealed class GradModeTests
{
    [Fact]
    public void WithoutGradNothingIsRecordedAndTheModeComesBack()
    {
        using var x = ones(3, requires_grad: true);

        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
            {
                Assert.True((x * 2).requires_grad);
            }

            Assert.False(is_grad_enabled());
        }

        Assert.True(is_grad_enabled());
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void NoGradHoldsForItsThreadOnly()
    {
        using var frozen = no_grad();
        var elsewhere = false;

        var thread = new Thread(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();

        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void ADetachedTensorSharesMemoryAndHasNoGraph()
    {
        using var x = ones(3, requires_grad: true);
        using var detached = (x * 2).detach();

        Assert.False(detached.requires_grad);
        using (no_grad())
        {
            using var view = x.detach();
            view.fill_(7);
        }

        Assert.Equal([7f, 7f, 7f], x.data<float>().ToArray());
    }
}
