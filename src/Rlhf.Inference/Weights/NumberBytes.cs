using System.Runtime.InteropServices;

namespace Rlhf.Inference;

/// <summary>Conversion between float32 in memory and the number types of files (little-endian, as every supported processor is).</summary>
internal static class NumberBytes
{
    public static int Size(WeightType type) => type == WeightType.Float32 ? 4 : 2;

    public static string Name(WeightType type) => type switch
    {
        WeightType.Float32 => "F32",
        WeightType.BFloat16 => "BF16",
        _ => "F16",
    };

    public static WeightType Type(string name, string where) => name switch
    {
        "F32" => WeightType.Float32,
        "BF16" => WeightType.BFloat16,
        "F16" => WeightType.Float16,
        _ => throw new InvalidDataException($"{where}: dtype is '{name}'; supported are F32, BF16 and F16."),
    };

    public static float[] ToFloats(ReadOnlySpan<byte> bytes, WeightType type)
    {
        if (type == WeightType.Float32)
            return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        var values = new float[halves.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = type == WeightType.BFloat16 ? BitConverter.UInt32BitsToSingle((uint)halves[i] << 16) : (float)BitConverter.UInt16BitsToHalf(halves[i]);
        return values;
    }

    public static byte[] FromFloats(ReadOnlySpan<float> values, WeightType type)
    {
        if (type == WeightType.Float32)
            return MemoryMarshal.AsBytes(values).ToArray();
        var bytes = new byte[values.Length * 2];
        Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        for (int i = 0; i < values.Length; i++)
            halves[i] = type == WeightType.BFloat16 ? ToBFloat16(values[i]) : BitConverter.HalfToUInt16Bits((Half)values[i]);
        return bytes;
    }

    /// <summary>Rounds to the nearest bfloat16, ties to even; NaN stays NaN.</summary>
    public static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
