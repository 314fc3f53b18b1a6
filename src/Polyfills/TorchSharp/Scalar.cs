using TorchSharp.Interop;

namespace TorchSharp;

public sealed class Scalar : IDisposable
{
    private Scalar(Value value, torch.ScalarType type)
    {
        Value = value;
        Type = type;
    }

    internal Value Value { get; }

    public torch.ScalarType Type { get; }

    internal double Number => Value.Kind == ValueKind.Double ? BitConverter.Int64BitsToDouble(Value.Bits) : Value.Bits;

    internal long Integer => Value.Kind == ValueKind.Double ? (long)BitConverter.Int64BitsToDouble(Value.Bits) : Value.Bits;

    internal static Scalar Of(long value) => new(value, torch.ScalarType.Int64);

    internal static Scalar Of(double value) => new(value, torch.ScalarType.Float64);

    internal static Scalar Of(bool value) => new(value, torch.ScalarType.Bool);

    public static implicit operator Scalar(byte value) => Of((long)value);

    public static implicit operator Scalar(sbyte value) => Of((long)value);

    public static implicit operator Scalar(short value) => Of((long)value);

    public static implicit operator Scalar(int value) => Of((long)value);

    public static implicit operator Scalar(long value) => Of(value);

    public static implicit operator Scalar(float value) => Of((double)value);

    public static implicit operator Scalar(double value) => Of(value);

    public static implicit operator Scalar(bool value) => Of(value);

    public void Dispose()
    {
    }
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;

    public static Scalar ToScalar(this sbyte value) => value;

    public static Scalar ToScalar(this short value) => value;

    public static Scalar ToScalar(this int value) => value;

    public static Scalar ToScalar(this long value) => value;

    public static Scalar ToScalar(this float value) => value;

    public static Scalar ToScalar(this double value) => value;

    public static Scalar ToScalar(this bool value) => value;

    public static float ToSingle(this Scalar value) => (float)value.Number;

    public static double ToDouble(this Scalar value) => value.Number;

    public static byte ToByte(this Scalar value) => checked((byte)value.Integer);

    public static short ToInt16(this Scalar value) => checked((short)value.Integer);

    public static int ToInt32(this Scalar value) => checked((int)value.Integer);

    public static long ToInt64(this Scalar value) => value.Integer;

    public static bool ToBoolean(this Scalar value) => value.Number != 0;
}
