using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>
/// Orleans' grain storage for Azure tables with what this store promises: what goes wrong is told as
/// <see cref="StorageException"/>, nothing is waited for longer than a grain's call lasts, what can't be stored yet is
/// not asked for while the tables are away, and no two grains share a row (Orleans writes '_' for what a key can't hold).
/// </summary>
internal sealed class TableGrainStorage(TableAccount account, IGrainStorage orleans, StorageDamage damage) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var read = new GrainState<T>();
        var asked = await account.AskAboutAsync(
            grainId.Key.ToString()!, false, cancellation => ReadAsync(stateName, grainId, read, cancellation), CancellationToken.None).ConfigureAwait(false);
        if (asked)
        {
            Take(read, grainState);
        }
        else
        {
            StateJson.Reset(grainState);
        }
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ChangeAsync("written", stateName, grainId, grainState, own => orleans.WriteStateAsync(stateName, Row(grainId), own));

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is null)
        {
            // Orleans takes such a state for one that isn't stored, and does not look.
            var stored = new GrainState<T>();
            await account.DoAsync(cancellation => ReadAsync(stateName, grainId, stored, cancellation), CancellationToken.None).ConfigureAwait(false);
            if (stored.RecordExists)
            {
                throw StateJson.Conflict("cleared", grainId.ToString(), stateName, expected: null, stored.ETag);
            }
        }

        await ChangeAsync("cleared", stateName, grainId, grainState, own => orleans.ClearStateAsync(stateName, Row(grainId), own)).ConfigureAwait(false);
    }

    private async Task<bool> ReadAsync<T>(string stateName, GrainId grainId, GrainState<T> state, CancellationToken cancellationToken)
    {
        try
        {
            await orleans.ReadStateAsync(stateName, Row(grainId), state).WaitAsync(cancellationToken).ConfigureAwait(false);
            StateJson.ReportSetAside(state, grainId.ToString(), stateName, damage);
            return true;
        }
        catch (AggregateException e) when (e.InnerException is System.Text.Json.JsonException unreadable)
        {
            throw StateJson.Unreadable(grainId.ToString(), stateName, unreadable);
        }
    }

    private async Task ChangeAsync<T>(string verb, string stateName, GrainId grainId, IGrainState<T> grainState, Func<GrainState<T>, Task> change)
    {
        // A change that comes through after nobody waits for it any more must not touch the grain's own state.
        var own = new GrainState<T>(grainState.State!, grainState.ETag!) { RecordExists = grainState.RecordExists };
        try
        {
            await account.DoAsync(cancellation => change(own).WaitAsync(cancellation), CancellationToken.None).ConfigureAwait(false);
        }
        catch (InconsistentStateException e)
        {
            throw StateJson.Conflict(verb, grainId.ToString(), stateName, grainState.ETag, e);
        }
        catch (ArgumentOutOfRangeException e) // Orleans has measured it before it sent anything
        {
            throw new StorageException($"The state '{stateName}' of grain {grainId} is larger than 960 KiB, which is the most that the table storage takes of one. Nothing was stored.", e);
        }

        Take(own, grainState);
    }

    private static void Take<T>(GrainState<T> from, IGrainState<T> to) =>
        (to.State, to.ETag, to.RecordExists) = (from.State!, from.ETag!, from.RecordExists);

    private static GrainId Row(GrainId grain) => GrainId.Create(grain.Type, IdSpan.Create(Key.Of(grain.Key.ToString()!)));
}
