using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Rlhf.Learning.Torch;

/// <summary>
/// Loads libtorch. TorchSharp would do so by itself, but where that fails it writes pages to the console and copies half a gigabyte before it says
/// so; where it is asked for CUDA in a build for the processor, too.
/// </summary>
internal static partial class TorchLibrary
{
    private static readonly Assembly Sharp = typeof(torch).Assembly;

    /// <summary>Loads libtorch and TorchSharp's library.</summary>
    /// <exception cref="TorchUnavailableException">One of them can't be loaded.</exception>
    public static void Load()
    {
        try
        {
            // First, because TorchSharp's library does not look for it in the folder in which it lies.
            NativeLibrary.Load("torch_cpu", Sharp, null);
            NativeLibrary.Load("LibTorchSharp", Sharp, null);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new TorchUnavailableException(Explain(error.Message), error);
        }
    }

    /// <summary>Whether this is a build for CUDA, whose libraries can be loaded here.</summary>
    public static bool LoadCuda() => NativeLibrary.TryLoad("torch_cuda", Sharp, null, out _);

    /// <summary>A loader's message as one sentence.</summary>
    internal static string Explain(string loaderMessage)
    {
        if (StandardLibraryVersion().Match(loaderMessage) is { Success: true } version)
        {
            return $"This system's libstdc++ is older than TorchSharp's library asks for ({version.Value} is missing): start with ./rlhf, which makes a copy of the library that "
                + "loads here, or run on Debian 13, Ubuntu 24.04 or a container image of .NET 10.";
        }

        // The runtime names every place where it looked; what else the loader says is the reason.
        var reason = loaderMessage.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(
            line => line.Contains(".so: ", StringComparison.Ordinal) && !line.Contains("No such file or directory", StringComparison.Ordinal));
        return reason is null
            ? $"libtorch's libraries do not lie in '{AppContext.BaseDirectory}': build the program again, or publish it with them."
            : $"libtorch can't be loaded, because of {reason}; build the program again on this machine, or publish it for this platform.";
    }

    [GeneratedRegex(@"\b(GLIBCXX|CXXABI)_[\d.]*\d")]
    private static partial Regex StandardLibraryVersion();
}
