using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Calls libtorch's operators by name ("add.Tensor" is operator add, overload Tensor) through its dispatcher.</summary>
internal static unsafe class Aten
{
    // Names are literals, so the reference is the key: a lookup hashes no characters.
    private static readonly ConcurrentDictionary<string, nint> s_operators = new(NameIsReference.Instance);

    /// <summary>An operator with one tensor as its result.</summary>
    public static torch.Tensor Call(string name, params ReadOnlySpan<Value> arguments)
    {
        Run(name, arguments, out var results, out _);
        return new torch.Tensor((nint)results[0].Bits);
    }

    /// <summary>An operator with two tensors as its results.</summary>
    public static (torch.Tensor, torch.Tensor) Call2(string name, params ReadOnlySpan<Value> arguments)
    {
        Run(name, arguments, out var results, out _);
        return (new torch.Tensor((nint)results[0].Bits), new torch.Tensor((nint)results[1].Bits));
    }

    /// <summary>An operator with a list of tensors, or several tensors, as its result.</summary>
    public static torch.Tensor[] CallMany(string name, params ReadOnlySpan<Value> arguments)
    {
        Run(name, arguments, out var results, out var count);
        var tensors = new torch.Tensor[count];
        for (var i = 0; i < count; i++)
        {
            tensors[i] = new torch.Tensor((nint)results[i].Bits);
        }

        return tensors;
    }

    /// <summary>An operator that changes its first argument, and returns that.</summary>
    public static torch.Tensor InPlace(string name, params ReadOnlySpan<Value> arguments)
    {
        Run(name, arguments, out var results, out var count);
        for (var i = 0; i < count; i++)
        {
            if (results[i].Kind == ValueKind.Tensor)
            {
                Native.shim_tensor_release((nint)results[i].Bits);
            }
        }

        return (torch.Tensor)arguments[0].Reference!;
    }

    /// <summary>An operator with a number as its result: a truth value or an integer.</summary>
    public static long CallNumber(string name, params ReadOnlySpan<Value> arguments)
    {
        Run(name, arguments, out var results, out _);
        return results[0].Bits;
    }

    private static void Run(string name, ReadOnlySpan<Value> arguments, out NativeValue* results, out int count)
    {
        var words = 0;
        foreach (ref readonly var argument in arguments)
        {
            words += argument.Words;
        }

        var lowered = stackalloc NativeValue[arguments.Length];
        if (words <= 256)
        {
            var space = stackalloc long[words];
            Run(name, arguments, lowered, space, out results, out count);
            return;
        }

        var rented = (long*)NativeMemory.Alloc((nuint)words, sizeof(long));
        try
        {
            Run(name, arguments, lowered, rented, out results, out count);
        }
        finally
        {
            NativeMemory.Free(rented);
        }
    }

    private static void Run(string name, ReadOnlySpan<Value> arguments, NativeValue* lowered, long* words, out NativeValue* results, out int count)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            lowered[i] = arguments[i].Lower(words);
            words += arguments[i].Words;
        }

        if (!Native.shim_call(Find(name), lowered, arguments.Length, out results, out count))
        {
            throw Native.Error();
        }

        // The handles were plain numbers during the call: their owners must not be finalized before it is over.
        foreach (ref readonly var argument in arguments)
        {
            GC.KeepAlive(argument.Reference);
        }
    }

    private static nint Find(string name)
    {
        return s_operators.TryGetValue(name, out var found) ? found : s_operators.GetOrAdd(name, Load);

        static nint Load(string name)
        {
            var dot = name.LastIndexOf('.');
            var handle = dot < 0
                ? Native.shim_operator("aten::" + name, "")
                : Native.shim_operator("aten::" + name[..dot], name[(dot + 1)..]);
            return handle != 0 ? handle : throw Native.Error();
        }
    }

    private sealed class NameIsReference : IEqualityComparer<string>
    {
        public static readonly NameIsReference Instance = new();

        public bool Equals(string? x, string? y) => ReferenceEquals(x, y);

        public int GetHashCode(string name) => RuntimeHelpers.GetHashCode(name);
    }
}
