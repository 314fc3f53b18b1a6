namespace TorchSharp.Utils;

/// <summary>Numbers in TorchSharp's files: seven bits a byte, lowest first, the top bit set on all but the last.</summary>
internal static class Leb128
{
    public static void Encode(this BinaryWriter writer, long value) => writer.Write7BitEncodedInt64(value);

    public static long Decode(this BinaryReader reader) => reader.Read7BitEncodedInt64();
}
