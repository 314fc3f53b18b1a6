using System.Runtime.InteropServices;
using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Span<byte> bytes
        {
            get
            {
                RequireReadable();
                var size = NumberOfElements * ElementSize;
                return size <= int.MaxValue
                    ? MemoryMarshal.CreateSpan(ref Data(), (int)size)
                    : throw new ArgumentException($"A span holds at most {int.MaxValue} bytes; this tensor has {size}.");
            }

            set
            {
                var own = bytes;
                if (own.Length != value.Length)
                {
                    throw new ArgumentException($"The tensor has {own.Length} bytes; {value.Length} were given.");
                }

                value.CopyTo(own);
            }
        }

        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            ValidateType<T>();
            return new TensorAccessor<T>(this);
        }

        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1)
            {
                throw new ArgumentException($"item() needs a tensor of one element; this one has {NumberOfElements}.");
            }

            using var here = device_type == DeviceType.CPU ? alias() : cpu();
            return here.data<T>()[0];
        }

        public Scalar ToScalar()
        {
            if (NumberOfElements != 1)
            {
                throw new ArgumentException($"Only a tensor of one element is a number; this one has {NumberOfElements}.");
            }

            if (dtype == ScalarType.Bool)
            {
                return Scalar.Of(item<bool>());
            }

            if (is_integral())
            {
                using var whole = to_type(ScalarType.Int64);
                return Scalar.Of(whole.item<long>());
            }

            using var real = to_type(ScalarType.Float64);
            return Scalar.Of(real.item<double>());
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            using var whole = contiguous();
            stream.Write(whole.bytes);
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024) => stream.ReadExactly(bytes);

        internal unsafe ref byte Data()
        {
            Native.Check(Native.shim_tensor_data(Handle, out var data));
            return ref *(byte*)data;
        }

        private void RequireReadable()
        {
            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException($"The data of a tensor on {device} cannot be read. Move or copy it to the cpu first.");
            }

            if (!is_contiguous())
            {
                throw new InvalidOperationException("The bytes of a tensor that is not contiguous are not in order: call contiguous() first.");
            }
        }

        private void ValidateType<T>()
        {
            if (TypeOf<T>() != dtype)
            {
                throw new ArgumentException($"Elements of a {dtype} tensor cannot be read as {typeof(T).Name}.");
            }
        }
    }
}
