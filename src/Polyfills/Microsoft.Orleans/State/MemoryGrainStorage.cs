using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>State that outlives activations but not the process, kept as JSON so that no two activations share an object.</summary>
internal sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string, GrainId), Row> _rows = new();
    private long _version;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_rows.TryGetValue((stateName, grainId), out var row))
        {
            grainState.State = JsonSerializer.Deserialize<T>(row.Json);
            grainState.ETag = row.ETag;
            grainState.RecordExists = true;
        }
        else
        {
            grainState.State = default;
            grainState.ETag = null;
            grainState.RecordExists = false;
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        var next = new Row(
            JsonSerializer.SerializeToUtf8Bytes(grainState.State),
            Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture));
        var written = _rows.TryGetValue(key, out var row)
            ? row.ETag == grainState.ETag && _rows.TryUpdate(key, next, row)
            : grainState.ETag is null && _rows.TryAdd(key, next);
        if (!written)
        {
            throw Conflict(stateName, grainId, grainState.ETag);
        }

        grainState.ETag = next.ETag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        if (_rows.TryGetValue(key, out var row)
            && (row.ETag != grainState.ETag || !_rows.TryRemove(KeyValuePair.Create(key, row))))
        {
            throw Conflict(stateName, grainId, grainState.ETag);
        }

        grainState.State = default;
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private InconsistentStateException Conflict(string stateName, GrainId grainId, string? etag) => new(
        $"State \"{stateName}\" of {grainId} has changed since it was read.",
        _rows.TryGetValue((stateName, grainId), out var row) ? row.ETag : null,
        etag);

    private sealed record Row(byte[] Json, string ETag);
}
