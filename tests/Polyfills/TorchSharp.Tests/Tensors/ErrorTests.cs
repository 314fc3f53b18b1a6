using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Tests.Tensors;

/// <summary>libtorch reports by C++ exceptions; none of them may end the process.</summary>
public sealed class ErrorTests
{
    [Fact]
    public void AMistakeInShapesIsAManagedExceptionAndLifeGoesOn()
    {
        using var scope = NewDisposeScope();

        for (var i = 0; i < 100; i++)
        {
            var error = Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(2, 3)));
            Assert.Contains("2x3", error.Message);
        }

        Assert.Equal(6, ones(2, 3).sum().ToDouble());
    }

    [Fact]
    public void MistakesInTypesPositionsAndDimensionsNameThemselves()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("type", Assert.Throws<ExternalException>(() => ones(2).matmul(ones(2, dtype: float64))).Message);
        Assert.Contains("out of bounds", Assert.Throws<ExternalException>(() => ones(2).gather(0, tensor(new[] { 5L }))).Message);
        Assert.Contains("out of range", Assert.Throws<ExternalException>(() => ones(2).sum(3)).Message);
        Assert.Contains("leaf", Assert.Throws<ExternalException>(() => ones([2], requires_grad: true).add_(1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ones(2).size(4));
    }

    [Fact]
    public void ADeviceThatIsNotThereIsRefused()
    {
        if (cuda.is_available())
        {
            return;
        }

        Assert.Throws<InvalidOperationException>(() => ones(2).to(DeviceType.CUDA));
        Assert.Throws<InvalidOperationException>(() => device("cuda:0"));
    }
}
