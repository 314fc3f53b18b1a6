using System.Numerics;
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

    /// <summary>The type a file names, or null where it is none of the three.</summary>
    public static WeightType? Type(string name) => name switch
    {
        "F32" => WeightType.Float32,
        "BF16" => WeightType.BFloat16,
        "F16" => WeightType.Float16,
        _ => null,
    };

    /// <summary>As many numbers as <paramref name="values"/> has room for.</summary>
    public static void ToFloats(ReadOnlySpan<byte> bytes, WeightType type, Span<float> values)
    {
        if (type == WeightType.Float32)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }

        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        int i = 0;
        if (type == WeightType.BFloat16)
        {
            Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
            for (; i + Vector<ushort>.Count <= halves.Length; i += Vector<ushort>.Count)
            {
                Vector.Widen(new Vector<ushort>(halves[i..]), out Vector<uint> low, out Vector<uint> high);
                (low << 16).CopyTo(bits[i..]);
                (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
            }
        }

        for (; i < halves.Length; i++)
            values[i] = type == WeightType.BFloat16 ? BitConverter.UInt32BitsToSingle((uint)halves[i] << 16) : (float)BitConverter.UInt16BitsToHalf(halves[i]);
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
