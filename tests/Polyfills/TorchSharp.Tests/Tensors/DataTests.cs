using static TorchSharp.torch;

namespace TorchSharp.Tests.Tensors;

public sealed class DataTests
{
    [Fact]
    public void DataComesInRowMajorOrderWhateverTheStrides()
    {
        using var scope = NewDisposeScope();
        var x = arange(6, dtype: float32).view(2, 3).t();

        Assert.False(x.is_contiguous());
        Assert.Equal([0f, 3f, 1f, 4f, 2f, 5f], x.data<float>().ToArray());
        Assert.Equal(4f, x.data<float>()[1, 1]);
        x.data<float>()[2, 0] = 9;
        Assert.Equal(9f, x[2, 0].ToSingle());
        x.data<float>().CopyFrom([1f, 2f, 3f, 4f, 5f, 6f]);
        Assert.Equal([1f, 3f, 5f, 2f, 4f, 6f], x.t().data<float>().ToArray());
    }

    [Fact]
    public void BytesAreTheTensorsOwnMemory()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2);

        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(x.bytes)[1] = 3f;
        Assert.Equal([0f, 3f], x.data<float>().ToArray());
        x.bytes = tensor(new[] { 7f, 8f }).bytes;
        Assert.Equal([7f, 8f], x.data<float>().ToArray());
        Assert.Throws<InvalidOperationException>(() => arange(6).view(2, 3).t().bytes.Length);
        Assert.Throws<ArgumentException>(() => x.data<double>());
    }

    [Fact]
    public void ATensorOfOneElementIsANumber()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(2.5f, tensor(2.5f).item<float>());
        Assert.Equal(7, tensor(new[] { 7L }).ToInt32());
        Assert.True((bool)tensor(true));
        Assert.Equal(1.5, (double)ones(1, dtype: bfloat16).mul(1.5));
        Assert.Throws<ArgumentException>(() => ones(2).ToSingle());
    }

    [Fact]
    public void TypesConvertAndCopiesAreCopies()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.7f, -2.2f });

        Assert.Equal([1L, -2L], x.to(int64).data<long>().ToArray());
        Assert.Equal([true, true], x.@bool().data<bool>().ToArray());
        var copy = x.to(float32, copy: true);
        copy.zero_();
        Assert.Equal([1.7f, -2.2f], x.data<float>().ToArray());
        Assert.Equal(DeviceType.CPU, x.to(CPU).device_type);
        x.to(float64, disposeAfter: true);
        Assert.True(x.IsInvalid);
    }

    [Fact]
    public void ATensorSurvivesAStream()
    {
        using var scope = NewDisposeScope();
        var x = arange(6, dtype: float64).view(2, 3).t();
        using var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        x.Save(writer);
        writer.Write("next");
        writer.Flush();
        stream.Position = 0;
        var reader = new BinaryReader(stream);

        var loaded = zeros([3, 2], float64);
        loaded.Load(reader);

        Assert.True(loaded.Equals(x));
        Assert.Equal("next", reader.ReadString());
        stream.Position = 0;
        Assert.Throws<ArgumentException>(() => zeros([2, 3], float64).Load(reader));
    }
}
