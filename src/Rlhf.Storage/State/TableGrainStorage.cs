using Azure;
using Azure.Data.Tables;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>
/// Grain state as JSON. <c>state</c>: a grain is a partition and a state a row of it, so that no two grains share a
/// partition; the row's ETag is the service's. A state holds at most 704 KiB.
/// </summary>
internal sealed class TableGrainStorage(TableAccount account) : IGrainStorage
{
    // Names the write itself: where an answer was lost on the way, it tells whether the write that is there is ours.
    private const string WriteName = "Write";

    private readonly TableClient table = account.Table("state");

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        if (await account.AskAboutAsync(grainId.Key.ToString()!, null, cancellation => StoredAsync(grain, stateName, cancellation), CancellationToken.None).ConfigureAwait(false) is not { } stored)
        {
            StateJson.Reset(grainState);
            return;
        }

        grainState.State = StateJson.State<T>(stored.Content(), grain, stateName);
        grainState.ETag = stored.ETag.ToString();
        grainState.RecordExists = true;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        var content = StateJson.Of(grainState.State);
        Payload.RequireFits(content.Length, $"The state '{stateName}' of grain {grain}");
        var write = Guid.NewGuid();
        var entity = new TableEntity(Key.Of(grain), Key.Of(stateName)) { [WriteName] = write }.With(content);
        grainState.ETag = await account.DoAsync(cancellation => WriteAsync(grain, stateName, entity, write, grainState.ETag, cancellation), CancellationToken.None).ConfigureAwait(false);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        await account.DoAsync(cancellation => ClearAsync(grain, stateName, grainState.ETag, cancellation), CancellationToken.None).ConfigureAwait(false);
        StateJson.Reset(grainState);
    }

    private async Task<string> WriteAsync(
        string grain, string stateName, TableEntity entity, Guid write, string? expected, CancellationToken cancellationToken)
    {
        try
        {
            var response = expected is null
                ? await table.AddEntityAsync(entity, cancellationToken).ConfigureAwait(false)
                : await table.UpdateEntityAsync(entity, new ETag(expected), TableUpdateMode.Replace, cancellationToken).ConfigureAwait(false);
            if (response.Headers.ETag is { } etag)
            {
                return etag.ToString();
            }
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            // Someone else's write, or our own whose answer was lost.
        }

        var stored = await StoredAsync(grain, stateName, cancellationToken).ConfigureAwait(false);
        return stored?.GetGuid(WriteName) == write
            ? stored.ETag.ToString()
            : throw StateJson.Conflict("written", grain, stateName, expected, stored?.ETag.ToString());
    }

    private async Task ClearAsync(string grain, string stateName, string? expected, CancellationToken cancellationToken)
    {
        if (expected is not null)
        {
            try
            {
                var response = await table.DeleteEntityAsync(Key.Of(grain), Key.Of(stateName), new ETag(expected), cancellationToken).ConfigureAwait(false);
                if (response.Status != 404)
                {
                    return;
                }
            }
            catch (RequestFailedException e) when (e.Status == 412)
            {
                // told below, with what is there
            }
        }

        // Without an ETag the caller has seen no record: clearing what is not there is no conflict.
        var stored = await StoredAsync(grain, stateName, cancellationToken).ConfigureAwait(false);
        if (stored is not null || expected is not null)
        {
            throw StateJson.Conflict("cleared", grain, stateName, expected, stored?.ETag.ToString());
        }
    }

    private async Task<TableEntity?> StoredAsync(string grain, string stateName, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(Key.Of(grain), Key.Of(stateName), cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.HasValue ? found.Value : null;
    }
}
