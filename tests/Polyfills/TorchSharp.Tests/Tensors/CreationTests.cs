using static TorchSharp.torch;

namespace TorchSharp.Tests.Tensors;

public sealed class CreationTests
{
    [Fact]
    public void AnArraysElementsAreCopied()
    {
        using var scope = NewDisposeScope();
        var array = new[] { 1f, 2f, 3f, 4f };
        var made = tensor(array, [2, 2]);
        array[0] = 9;

        Assert.Equal([1f, 2f, 3f, 4f], made.data<float>().ToArray());
        Assert.Equal([2L, 2L], made.shape);
    }

    [Fact]
    public void TypesFollowTheElementsOrTheWish()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(float32, tensor(new[] { 1f }).dtype);
        Assert.Equal(int64, tensor(new[] { 1L }).dtype);
        Assert.Equal(int32, tensor(new[] { 1 }).dtype);
        Assert.Equal(@bool, tensor(new[] { true }).dtype);
        Assert.Equal(float64, tensor(new[] { 1 }, float64).dtype);
        Assert.Equal(float32, tensor(1.5f).dtype);
        Assert.Equal(float32, zeros(2).dtype);
        Assert.Equal(int64, arange(3).dtype);
        Assert.Equal(bfloat16, ones(2, dtype: bfloat16).dtype);
    }

    [Fact]
    public void ArraysOfMoreDimensionsKeepTheirShape()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([2L, 3L], tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }).shape);
        Assert.Equal([1L, 2L, 2L], from_array(new long[,,] { { { 1, 2 }, { 3, 4 } } }).shape);
        Assert.Equal([3L, 4L], from_array(new long[,] { { 1, 2 }, { 3, 4 } })[1].data<long>().ToArray());
    }

    [Fact]
    public void FilledTensorsHoldWhatWasAsked()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([2.5f, 2.5f], full(2, 2.5f).data<float>().ToArray());
        Assert.Equal([1.0, 3.0, 5.0], arange(1, 7, 2, float64).data<double>().ToArray());
        Assert.Equal([0f, 0.5f, 1f], linspace(0, 1, 3).data<float>().ToArray());
        Assert.Equal(3, eye(3).sum().ToDouble());
        Assert.Equal([0L, 0L], zeros_like(tensor(new[] { 4L, 5L })).data<long>().ToArray());
        Assert.True(ones([2], requires_grad: true).requires_grad);
    }

    [Fact]
    public void AShapeThatDoesNotFitTheArrayIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => tensor(new[] { 1f, 2f, 3f }, [2, 2]));

        Assert.Contains("[2, 2]", error.Message);
    }
}
