using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => Native.shim_grad_enabled();

    /// <summary>libtorch's grad mode is per thread: what is set here must be disposed on the same thread.</summary>
    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = Native.shim_grad_enabled();

        public GradMode(bool enabled) => Native.shim_set_grad_enabled(enabled);

        public void Dispose() => Native.shim_set_grad_enabled(_before);
    }
}
