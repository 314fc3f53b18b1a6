namespace Rlhf.Inference;

/// <summary>A version in memory, with the number of requests that use it. Changed under the engine's lock only, read by its first thread, too.</summary>
internal sealed class LoadedVersion(string name, PackedAdapter? adapter)
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;
    private volatile bool _retired;

    public string Name => name;

    public PackedAdapter? Adapter => adapter;

    /// <summary>Whether the version takes no more requests.</summary>
    public bool Retired => _retired;

    /// <summary>Completes when the version takes no more requests and the last one is done.</summary>
    public Task Drained => _drained.Task;

    public void Enter() => _requests++;

    public void Leave()
    {
        _requests--;
        CompleteIfUnused();
    }

    public void Retire()
    {
        _retired = true;
        CompleteIfUnused();
    }

    private void CompleteIfUnused()
    {
        if (_retired && _requests == 0)
            _drained.TrySetResult();
    }
}
