using System.Buffers.Binary;
using System.Text;

namespace Rlhf.Inference.Tests;

public sealed class SafeTensorsTests
{
    private static readonly Dictionary<string, WeightTensor> Two = new()
    {
        ["first"] = new WeightTensor([1, -2.5f, 3e-20f, 65504, float.NegativeInfinity, 0], 2, 3),
        ["second"] = new WeightTensor([7], 1),
    };

    [Fact]
    public void WrittenAndRead_TensorsAndNotesAreTheSame()
    {
        using var folder = new ScratchFolder();
        SafeTensors.Write(folder["a.safetensors"], Two, WeightType.Float32, new Dictionary<string, string> { ["format"] = "pt" });
        SafeTensorsContent content = SafeTensors.Read(folder["a.safetensors"]);
        Assert.Equal(["first", "second"], content.Tensors.Keys);
        Assert.Equal(Two["first"].Values, content.Tensors["first"].Values);
        Assert.Equal([2, 3], content.Tensors["first"].Shape);
        Assert.Equal("pt", content.Metadata["format"]);
        Assert.Equal([folder["a.safetensors"]], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(WeightType.BFloat16)]
    [InlineData(WeightType.Float16)]
    public void HalfWidthTypes_ComeBackAsTheNearestNumber(WeightType type)
    {
        float[] values = [1, -2.5f, 0, 1.00390625f, 1.01171875f, float.NaN, float.PositiveInfinity];
        SafeTensorsContent content = SafeTensors.Read(SafeTensors.ToBytes(new Dictionary<string, WeightTensor> { ["x"] = new(values, 7) }, type), "x");
        // The fourth and fifth number lie half-way between two of bfloat16: ties go to the even one.
        float[] expected = type == WeightType.BFloat16 ? [1, -2.5f, 0, 1, 1.015625f, float.NaN, float.PositiveInfinity] : values;
        Assert.Equal(expected, content.Tensors["x"].Values);
    }

    [Fact]
    public void BFloat16_RoundsLikeTheDefinition()
    {
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            float value = BitConverter.Int32BitsToSingle(random.Next());
            if (!float.IsFinite(value))
                continue;
            uint bits = BitConverter.SingleToUInt32Bits(value);
            double lower = BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
            double upper = BitConverter.UInt32BitsToSingle((bits & 0xFFFF0000) + 0x10000);
            if (double.IsInfinity(upper))
                continue;
            double nearest = value - lower < upper - value || (value - lower == upper - value && (bits & 0x10000) == 0) ? lower : upper;
            Assert.Equal((float)nearest, BitConverter.UInt32BitsToSingle((uint)NumberBytes.ToBFloat16(value) << 16));
        }
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, null)]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "outside the file's 7")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "end at byte 8 of 9")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "needs 12 bytes, the header gives it 8")]
    [InlineData("""{"x":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}}""", 8, "dtype is 'I8'; supported are F32, BF16 and F16")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "outside")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "outside")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative or too large")]
    [InlineData("""{"x":{"dtype":"F32","shape":[65536,65536],"data_offsets":[0,8]}}""", 8, "negative or too large")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "data_offsets must be two whole numbers")]
    [InlineData("""{"x":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", 8, "shape")]
    [InlineData("""{"x":{"shape":[2],"data_offsets":[0,8]}}""", 8, "'dtype' is missing")]
    [InlineData("""{"x":[1]}""", 8, "expected a JSON object")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "neither overlap nor leave gaps")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "neither overlap nor leave gaps")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'x' is there twice")]
    [InlineData("""not json""", 0, "is not JSON")]
    [InlineData("""[]""", 0, "expected a JSON object")]
    public void ABrokenFile_IsRefusedWithTheReason(string header, int data, string? message)
    {
        byte[] bytes = [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[data]];
        if (message is null)
            Assert.Equal([0, 0], SafeTensors.Read(bytes, "w").Tensors["x"].Values);
        else
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => SafeTensors.Read(bytes, "w")).Message);
    }

    [Fact]
    public void AFileCutAnywhere_IsRefused()
    {
        byte[] whole = SafeTensors.ToBytes(Two, WeightType.Float32);
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => SafeTensors.Read(whole[..length], "w"));
    }

    [Fact]
    public void AnAbsurdHeaderLength_IsRefused()
    {
        var bytes = new byte[16];
        foreach (long length in (long[])[-1, 0, long.MaxValue, 9])
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
            Assert.Contains($"should have {length} bytes", Assert.Throws<InvalidDataException>(() => SafeTensors.Read(bytes, "w")).Message);
        }
    }

    [Fact]
    public void AShapeThatDoesNotHoldTheNumbers_IsRefused() =>
        Assert.Contains("holds 6 numbers, but 5", Assert.Throws<ArgumentException>(() => new WeightTensor(new float[5], 2, 3)).Message);
}
