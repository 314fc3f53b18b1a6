using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The exports of native/torch_shim.cpp. Those that return bool leave their message in shim_error when it is false.</summary>
internal static unsafe partial class Native
{
    private const string Library = "torch_shim";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    public static ExternalException Error() => new(Marshal.PtrToStringUTF8(shim_error()));

    public static void Check(bool ok)
    {
        if (!ok)
        {
            throw Error();
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        var file = Path.Combine(AppContext.BaseDirectory, $"lib{Library}.so");
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                $"The shim {file} could not be loaded. It is built with the project and needs libtorch: on Debian, apt-get install " +
                $"libtorch-dev libopenblas0-openmp cmake g++; or build with LIBTORCH naming the folder of another libtorch. {e.Message}", e);
        }
    }

    [LibraryImport(Library)]
    public static partial nint shim_error();

    [LibraryImport(Library)]
    public static partial nint shim_version();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint shim_operator(string name, string overload);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_call(nint op, NativeValue* arguments, int count, out NativeValue* results, out int resultCount);

    [LibraryImport(Library)]
    public static partial void shim_tensor_release(nint tensor);

    [LibraryImport(Library)]
    public static partial nint shim_tensor_alias(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial long shim_tensor_dim(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial long shim_tensor_numel(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int shim_tensor_dtype(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial long shim_tensor_element_size(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_is_contiguous(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial long shim_tensor_storage_offset(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial int shim_tensor_device(nint tensor, out int index);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial void shim_tensor_sizes(nint tensor, long* sizes);

    [LibraryImport(Library), SuppressGCTransition]
    public static partial void shim_tensor_strides(nint tensor, long* strides);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_data(nint tensor, out void* data);

    [LibraryImport(Library), SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_requires_grad(nint tensor);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_set_requires_grad(nint tensor, [MarshalAs(UnmanagedType.U1)] bool requires_grad);

    [LibraryImport(Library), SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_is_leaf(nint tensor);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_retain_grad(nint tensor);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_grad(nint tensor, out nint grad);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_tensor_set_grad(nint tensor, nint grad);

    [LibraryImport(Library), SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_grad_enabled();

    [LibraryImport(Library), SuppressGCTransition]
    public static partial void shim_set_grad_enabled([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_backward(
        nint[] tensors, long count, nint[] grads, long gradCount, [MarshalAs(UnmanagedType.U1)] bool retainGraph,
        [MarshalAs(UnmanagedType.U1)] bool createGraph, nint[] inputs, long inputCount);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_grad(
        nint[] outputs, long count, nint[] inputs, long inputCount, nint[] grads, long gradCount,
        [MarshalAs(UnmanagedType.U1)] bool retainGraph, [MarshalAs(UnmanagedType.U1)] bool createGraph,
        [MarshalAs(UnmanagedType.U1)] bool allowUnused, nint* results);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_manual_seed(long seed);

    [LibraryImport(Library)]
    public static partial nint shim_generator_new(ulong seed, int deviceType, int deviceIndex);

    [LibraryImport(Library)]
    public static partial nint shim_generator_default();

    [LibraryImport(Library)]
    public static partial void shim_generator_release(nint generator);

    [LibraryImport(Library)]
    public static partial void shim_generator_seed(nint generator, ulong seed);

    [LibraryImport(Library)]
    public static partial ulong shim_generator_initial_seed(nint generator);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_generator_state(nint generator, out nint state);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)]
    public static partial int shim_num_threads();

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_set_num_threads(int count);

    [LibraryImport(Library)]
    public static partial int shim_num_interop_threads();

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_set_num_interop_threads(int count);

    [LibraryImport(Library)]
    public static partial int shim_cuda_device_count();

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool shim_cuda_synchronize(int device);
}
