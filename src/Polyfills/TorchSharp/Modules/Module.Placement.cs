using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public partial class Module
            {
                protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking) => Move(device, dtype, non_blocking);

                protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                    Move(new Device(deviceType, deviceIndex), null, non_blocking);

                protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Move(null, dtype, non_blocking);

                // A parameter that moves is a new leaf, and the fields that held the old one hold it from then on.
                private Module Move(Device? device, ScalarType? dtype, bool non_blocking)
                {
                    if (dtype is { } type && !is_floating_point(type))
                    {
                        throw new ArgumentException($"A module's type must be a floating-point type; got {type}.");
                    }

                    foreach (var (_, child) in _internal_submodules)
                    {
                        child.Move(device, dtype, non_blocking);
                    }

                    using var frozen = no_grad();
                    foreach (var (name, parameter) in named_parameters(false).ToList())
                    {
                        var wanted = parameter.is_floating_point() ? dtype ?? parameter.dtype : parameter.dtype;
                        if (!parameter.WouldMove(wanted, device ?? parameter.device))
                        {
                            continue;
                        }

                        var moved = new Parameter(parameter.to(wanted, device ?? parameter.device, non_blocking: non_blocking), parameter.requires_grad);
                        moved.DetachFromDisposeScope();
                        _internal_params[name] = moved;
                        Refer(parameter, moved);
                    }

                    foreach (var (name, (buffer, persistent)) in _internal_buffers.ToList())
                    {
                        var wanted = buffer.is_floating_point() ? dtype ?? buffer.dtype : buffer.dtype;
                        if (!buffer.WouldMove(wanted, device ?? buffer.device))
                        {
                            continue;
                        }

                        var moved = buffer.to(wanted, device ?? buffer.device, non_blocking: non_blocking).DetachFromDisposeScope();
                        _internal_buffers[name] = (moved, persistent);
                        Refer(buffer, moved);
                    }

                    _deviceType = device?.type ?? _deviceType;
                    _deviceIndex = device?.index ?? _deviceIndex;
                    return this;
                }

                private void Refer(Tensor before, Tensor after)
                {
                    foreach (var field in Fields(GetType()).Where(field => ReferenceEquals(field.GetValue(this), before)))
                    {
                        field.SetValue(this, after);
                    }

                    before.Dispose();
                }
            }
        }
    }

    public static class ModuleExtensionMethods
    {
        public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
            (T)module._to(type, non_blocking);

        public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
            (T)module._to(device, type, non_blocking);

        public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
            (T)module._to(deviceType, deviceIndex, non_blocking);

        public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
            (T)module._to(device.type, device.index, non_blocking);

        public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module =>
            module.to(new torch.Device(device), non_blocking);

        public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(DeviceType.CPU, -1, non_blocking);

        public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
            (T)module._to(DeviceType.CUDA, deviceIndex, non_blocking);
    }
}
