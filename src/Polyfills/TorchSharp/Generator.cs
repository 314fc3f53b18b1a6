using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public class Generator : IDisposable
    {
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            Handle = Native.shim_generator_new(seed, (int)this.device.type, this.device.index);
            if (Handle == 0)
            {
                throw Native.Error();
            }
        }

        private Generator(nint handle)
        {
            Handle = handle;
            device = CPU;
        }

        ~Generator() => Dispose(false);

        public static Generator Default => new(Native.shim_generator_default());

        public IntPtr Handle { get; private set; }

        public Device device { get; private set; }

        public Tensor get_state()
        {
            Native.Check(Native.shim_generator_state(Handle, out var state));
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            Native.Check(Native.shim_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            Native.shim_generator_seed(Handle, (ulong)seed);
            return this;
        }

        public long seed()
        {
            var seed = DateTime.UtcNow.Ticks;
            manual_seed(seed);
            return seed;
        }

        public long initial_seed() => (long)Native.shim_generator_initial_seed(Handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Handle != 0)
            {
                Native.shim_generator_release(Handle);
                Handle = 0;
            }
        }
    }

    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.shim_manual_seed(seed));
        return Generator.Default;
    }

    public static long initial_seed()
    {
        using var generator = Generator.Default;
        return generator.initial_seed();
    }

    public static Tensor get_rng_state()
    {
        using var generator = Generator.Default;
        return generator.get_state();
    }

    public static void set_rng_state(Tensor new_state)
    {
        using var generator = Generator.Default;
        generator.set_state(new_state);
    }

    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long initial_seed() => torch.initial_seed();

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
