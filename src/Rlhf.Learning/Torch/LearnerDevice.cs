using System.Globalization;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Rlhf.Learning.Torch;

/// <summary>The device that the configuration names.</summary>
public static class LearnerDevice
{
    /// <summary>What names a device.</summary>
    public const string Pattern = @"^(cpu|cuda(:\d{1,3})?)$";

    /// <summary>The device, once it is sure to be there.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c>, or <c>cuda:1</c> for the second of several.</param>
    /// <exception cref="TorchUnavailableException">This machine, or this libtorch, has no such device, or libtorch can't be used.</exception>
    public static Device Open(string name)
    {
        TorchRuntime.Start();
        return Find(name);
    }

    // Apart from its caller, so that TorchSharp does not load libtorch by itself.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Device Find(string name) => name == "cpu" ? CPU : Cuda(name, TorchLibrary.LoadCuda() && cuda.is_available() ? cuda.device_count() : 0);

    /// <summary>A CUDA device, given how many there are.</summary>
    internal static Device Cuda(string name, int count)
    {
        var index = name.IndexOf(':') is var colon && colon < 0 ? 0 : int.Parse(name.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        if (count == 0)
            throw new TorchUnavailableException($"Learner:Device is '{name}', and libtorch finds no CUDA device: build with TORCH_BACKEND=cuda on a machine with an NVIDIA driver, or set Learner:Device to cpu.");
        if (index >= count)
            throw new TorchUnavailableException($"Learner:Device is '{name}', and there {(count == 1 ? "is 1 CUDA device, cuda:0" : $"are {count} CUDA devices, cuda:0 to cuda:{count - 1}")}.");

        return device($"cuda:{index}");
    }
}
