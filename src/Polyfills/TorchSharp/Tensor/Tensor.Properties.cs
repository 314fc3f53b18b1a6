using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public long Dimensions => Native.shim_tensor_dim(Handle);

        public long ndim => Dimensions;

        public long NumberOfElements => Native.shim_tensor_numel(Handle);

        public long ElementSize => Native.shim_tensor_element_size(Handle);

        public ScalarType dtype => (ScalarType)Native.shim_tensor_dtype(Handle);

        public DeviceType device_type => (DeviceType)Native.shim_tensor_device(Handle, out _);

        public int device_index
        {
            get
            {
                _ = Native.shim_tensor_device(Handle, out var index);
                return index;
            }
        }

        public Device device => new((DeviceType)Native.shim_tensor_device(Handle, out var index), index);

        public bool is_cuda => device_type == DeviceType.CUDA;

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Dimensions];
                fixed (long* to = sizes)
                {
                    Native.shim_tensor_sizes(Handle, to);
                }

                return sizes;
            }
        }

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public long storage_offset() => Native.shim_tensor_storage_offset(Handle);

        public long[] size() => shape;

        public long size(int dim) => shape[Wrap(dim)];

        public unsafe long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* to = strides)
            {
                Native.shim_tensor_strides(Handle, to);
            }

            return strides;
        }

        public long stride(int dim) => stride()[Wrap(dim)];

        public bool is_contiguous() => Native.shim_tensor_is_contiguous(Handle);

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        private long Wrap(int dim)
        {
            var dimensions = Dimensions;
            return dim >= -dimensions && dim < dimensions
                ? (dim + dimensions) % dimensions
                : throw new ArgumentOutOfRangeException(nameof(dim), dim, $"A tensor of shape [{string.Join(", ", shape)}] has no dimension {dim}.");
        }
    }
}
