using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <summary>Grain state as JSON, a row each. A row's ETag is new with every write, so that it never comes back.</summary>
internal sealed class SqliteGrainStorage(Database database, StorageDamage damage) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        var stored = await database.ReadAsync(s => Stored(s, grain, stateName), CancellationToken.None).ConfigureAwait(false);
        if (stored is null)
        {
            StateJson.Reset(grainState);
            return;
        }

        try
        {
            grainState.State = StateJson.Serializer.Deserialize<T>(BinaryData.FromBytes(stored.Content))!;
        }
        catch (JsonException e)
        {
            throw StateJson.Unreadable(grain, stateName, e);
        }

        grainState.ETag = stored.ETag;
        grainState.RecordExists = true;
        StateJson.ReportSetAside(grainState, grain, stateName, damage);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        var expected = grainState.ETag;
        var etag = NewETag();
        var content = StateJson.Serializer.Serialize(grainState.State).ToArray();
        await database.WriteAsync(
            s =>
            {
                var written = expected is null
                    ? s.Execute(
                        "INSERT INTO grain_state(grain, state, etag, content) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(grain, state) DO NOTHING",
                        grain, stateName, etag, content)
                    : s.Execute(
                        "UPDATE grain_state SET etag = ?3, content = ?4 WHERE grain = ?1 AND state = ?2 AND etag = ?5",
                        grain, stateName, etag, content, expected);
                return written == 1 ? written : throw Conflict(s, "written", grain, stateName, expected);
            },
            CancellationToken.None).ConfigureAwait(false);
        grainState.ETag = etag;
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        var expected = grainState.ETag;
        await database.WriteAsync(
            s =>
            {
                // Without an ETag the caller has seen no record: clearing what is not there is no conflict.
                var cleared = s.Execute(
                    "DELETE FROM grain_state WHERE grain = ?1 AND state = ?2 AND etag = ?3", grain, stateName, expected);
                return cleared == 1 || (expected is null && Stored(s, grain, stateName) is null)
                    ? cleared
                    : throw Conflict(s, "cleared", grain, stateName, expected);
            },
            CancellationToken.None,
            erases: true).ConfigureAwait(false);
        StateJson.Reset(grainState);
    }

    private static string NewETag() => Guid.NewGuid().ToString("N");

    private static InconsistentStateException Conflict(
        Session session, string verb, string grain, string stateName, string? expected) =>
        StateJson.Conflict(verb, grain, stateName, expected, Stored(session, grain, stateName)?.ETag);

    private static StoredState? Stored(Session session, string grain, string stateName) =>
        session.First(
            "SELECT etag, content FROM grain_state WHERE grain = ?1 AND state = ?2",
            r => new StoredState(r.GetString(0), r.GetFieldValue<byte[]>(1)),
            grain, stateName);

    private sealed record StoredState(string ETag, byte[] Content);
}
