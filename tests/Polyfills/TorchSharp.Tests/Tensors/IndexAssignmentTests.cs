using static TorchSharp.torch;

namespace TorchSharp.Tests.Tensors;

public sealed class IndexAssignmentTests
{
    [Fact]
    public void RangesAndNumbersWriteThroughTheView()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);

        x[0, 1] = tensor(5f);
        x[1] = tensor(new[] { 1f, 2f, 3f });
        x[.., 2] = full([2], 9f);

        Assert.Equal([0f, 5f, 9f, 1f, 2f, 9f], x.data<float>().ToArray());
    }

    [Fact]
    public void PositionsAndMasksWriteToWhatTheyName()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);

        x[TensorIndex.Colon, TensorIndex.Tensor(tensor(new[] { 0L, 2L }))] = ones(2, 2);
        Assert.Equal([1f, 0f, 1f, 1f, 0f, 1f], x.data<float>().ToArray());
        x.index_put_(7f, TensorIndex.Tensor(x == 0));
        Assert.Equal([1f, 7f, 1f, 1f, 7f, 1f], x.data<float>().ToArray());
        x.index_put_(ones(2), [tensor(new[] { 0L, 0L }), tensor(new[] { 1L, 1L })], accumulate: true);
        Assert.Equal(9f, x[0, 1].ToSingle());
    }

    [Fact]
    public void TooManyIndicesAreRefused()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);

        var error = Assert.Throws<ArgumentException>(() => x[0, 1, 2]);

        Assert.Contains("[2, 3]", error.Message);
    }
}
