using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What the optimisers share: parameter groups, a state per parameter, and TorchSharp's files of both.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    protected OptimizerOptions _defaults = null!;
    protected OrderedDict<IntPtr, OptimizerState> _state = new();

    public OptimizerHelper()
    {
    }

    public void save_state_dict(string location)
    {
        using var stream = File.Create(location);
        using var writer = new BinaryWriter(stream);
        save_state_dict(writer);
    }

    public void save_state_dict(BinaryWriter writer)
    {
        writer.Write(GetType().Name);
        var state = state_dict();
        writer.Encode(state.Options.Count);
        writer.Encode(state.State.Count);
        state.Options.ForEach(options => options.SaveStateDict(writer));
        state.State.ForEach(entry => entry.SaveStateDict(writer));
    }

    public void load_state_dict(string location)
    {
        using var stream = File.OpenRead(location);
        using var reader = new BinaryReader(stream);
        load_state_dict(reader);
    }

    public void load_state_dict(BinaryReader reader)
    {
        var name = reader.ReadString();
        if (name != GetType().Name)
        {
            throw new InvalidDataException($"The stored state is of an optimizer '{name}'; this one is '{GetType().Name}'.");
        }

        var state = state_dict();
        RequireSame(reader.Decode(), state.Options.Count, "parameter groups");
        RequireSame(reader.Decode(), state.State.Count, "parameters");
        state.Options.ForEach(options => options.LoadStateDict(reader));
        state.State.ForEach(entry => entry.LoadStateDict(reader));
    }

    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var state = this.state_dict();
        RequireSame(state_dict.Options.Count, state.Options.Count, "parameter groups");
        RequireSame(state_dict.State.Count, state.State.Count, "parameters");
        foreach (var (own, source) in state.Options.Zip(state_dict.Options))
        {
            own.LoadStateDict(source);
        }

        foreach (var (own, source) in state.State.Zip(state_dict.State))
        {
            if (own != source)
            {
                own.LoadStateDict(source);
            }
        }
    }

    public virtual StateDictionary state_dict()
    {
        var state = new StateDictionary();
        foreach (var group in _parameter_groups)
        {
            state.Options.Add(group.Options);
            var indices = new List<int>();
            foreach (var parameter in group.Parameters)
            {
                indices.Add(state.State.Count);
                state.State.Add(_state[parameter.Handle]);
            }

            state.StateIndexRef.Add(indices);
        }

        return state;
    }

    public void to(Device device)
    {
        foreach (var (_, state) in _state)
        {
            state.to(device);
        }
    }

    /// <summary>Runs the update of each group without a graph; what it makes is disposed, and the loss is the caller's.</summary>
    protected Tensor? _step<T>(Action<T> body, Func<Tensor>? loss_closure = null) where T : ParamGroup
    {
        Tensor? loss = null;
        if (loss_closure is not null)
        {
            using var recorded = enable_grad();
            loss = loss_closure();
        }

        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var group in _parameter_groups)
        {
            body((T)group);
        }

        return loss;
    }

    private static void RequireSame(long stored, int own, string what)
    {
        if (stored != own)
        {
            throw new ArgumentException($"The stored optimizer state has {stored} {what}; this optimizer has {own}.");
        }
    }
}
