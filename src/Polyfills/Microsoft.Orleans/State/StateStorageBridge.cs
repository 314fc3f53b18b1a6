using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Core;

/// <summary>Binds one state of one activation to a storage provider and carries its ETag.</summary>
internal sealed class StateStorageBridge<TState>(string name, IGrainContext context, IGrainStorage store) : IPersistentState<TState>
{
    private readonly GrainState<TState> _record = new(NewState());

    public TState State
    {
        get => _record.State!;
        set => _record.State = value;
    }

    public string? Etag => _record.ETag;

    public bool RecordExists => _record.RecordExists;

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        await store.ReadStateAsync(name, context.GrainId, _record, cancellationToken);
        _record.State ??= NewState();
    }

    public Task WriteStateAsync(CancellationToken cancellationToken) =>
        store.WriteStateAsync(name, context.GrainId, _record, cancellationToken);

    public async Task ClearStateAsync(CancellationToken cancellationToken)
    {
        await store.ClearStateAsync(name, context.GrainId, _record, cancellationToken);
        _record.State ??= NewState();
    }

    private static TState? NewState() =>
        typeof(TState).IsValueType || typeof(TState).GetConstructor(Type.EmptyTypes) is null
            ? default
            : Activator.CreateInstance<TState>();
}
