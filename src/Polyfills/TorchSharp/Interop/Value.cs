using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The kinds of a value in an operator call; ShimKind in native/torch_shim.h is its twin.</summary>
internal enum ValueKind
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    IntList = 5,
    TensorList = 6,
    OptionalTensorList = 7,
    String = 8,
    Device = 9,
    Generator = 10,
    DoubleList = 11,
}

/// <summary>A value as it crosses the C boundary.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeValue
{
    public ValueKind Kind;
    public int Count;
    public long Bits;
}

/// <summary>One argument of an operator: whatever the dispatcher takes, by implicit conversion.</summary>
internal readonly struct Value
{
    private Value(ValueKind kind, long bits = 0, object? reference = null, int count = 0)
    {
        Kind = kind;
        Bits = bits;
        Reference = reference;
        Count = count;
    }

    public ValueKind Kind { get; }
    public long Bits { get; }
    public object? Reference { get; }
    public int Count { get; }

    public static Value None => default;

    /// <summary>Indices as advanced indexing takes them, where null leaves a dimension whole.</summary>
    public static Value Optional(torch.Tensor?[] tensors) => new(ValueKind.OptionalTensorList, 0, tensors, tensors.Length);

    public static Value Scalar(Scalar? scalar) => scalar is null ? default : scalar.Value;

    public static implicit operator Value(torch.Tensor? tensor) =>
        tensor is null ? default : new(ValueKind.Tensor, tensor.Handle, tensor);

    public static implicit operator Value(int value) => new(ValueKind.Int, value);
    public static implicit operator Value(long value) => new(ValueKind.Int, value);
    public static implicit operator Value(long? value) => value is { } some ? some : default(Value);
    public static implicit operator Value(double value) => new(ValueKind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Value(double? value) => value is { } some ? some : default(Value);
    public static implicit operator Value(bool value) => new(ValueKind.Bool, value ? 1 : 0);
    public static implicit operator Value(Scalar? value) => Scalar(value);
    public static implicit operator Value(torch.ScalarType value) => new(ValueKind.Int, (long)value);
    public static implicit operator Value(torch.ScalarType? value) => value is { } some ? some : default(Value);

    public static implicit operator Value(torch.Device? value) =>
        value is null ? default : new(ValueKind.Device, (long)value.type, null, value.index);

    public static implicit operator Value(torch.Generator? value) =>
        value is null ? default : new(ValueKind.Generator, value.Handle, value);

    public static implicit operator Value(long[]? value) =>
        value is null ? default : new(ValueKind.IntList, 0, value, value.Length);

    public static implicit operator Value(double[] value) => new(ValueKind.DoubleList, 0, value, value.Length);
    public static implicit operator Value(torch.Tensor[] value) => new(ValueKind.TensorList, 0, value, value.Length);
    public static implicit operator Value(string value) => new(ValueKind.String, 0, System.Text.Encoding.UTF8.GetBytes(value));

    /// <summary>How many 8-byte words the value needs beside itself.</summary>
    public int Words => Kind switch
    {
        ValueKind.IntList or ValueKind.DoubleList or ValueKind.TensorList or ValueKind.OptionalTensorList => Count,
        ValueKind.String => (((byte[])Reference!).Length + 7) / 8,
        _ => 0,
    };

    /// <summary>Writes the value for the shim; a list goes to <paramref name="words"/>.</summary>
    public unsafe NativeValue Lower(long* words)
    {
        switch (Kind)
        {
            case ValueKind.IntList:
                ((long[])Reference!).CopyTo(new Span<long>(words, Count));
                break;
            case ValueKind.DoubleList:
                ((double[])Reference!).CopyTo(new Span<double>(words, Count));
                break;
            case ValueKind.TensorList or ValueKind.OptionalTensorList:
                var tensors = (torch.Tensor?[])Reference!;
                for (var i = 0; i < tensors.Length; i++)
                {
                    words[i] = tensors[i]?.Handle ?? 0;
                }

                break;
            case ValueKind.String:
                var bytes = (byte[])Reference!;
                bytes.CopyTo(new Span<byte>(words, bytes.Length));
                return new NativeValue { Kind = Kind, Count = bytes.Length, Bits = (long)words };
            default:
                return new NativeValue { Kind = Kind, Count = Count, Bits = Bits };
        }

        return new NativeValue { Kind = Kind, Count = Count, Bits = (long)words };
    }
}
