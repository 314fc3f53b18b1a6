using Azure;
using Azure.Data.Tables;

namespace Rlhf.Storage;

/// <summary>Claims as rows <c>claim</c> in the versions' partitions. Every change names the ETag of what it was
/// decided by; who comes second looks again.</summary>
internal sealed class TableClaims(TableClient table)
{
    private const string Row = "claim", Token = "Token", Accepted = "Accepted";

    public async Task<VersionClaim> ClaimAsync(string version, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = await StoredAsync(version, cancellationToken).ConfigureAwait(false);
            var standing = Of(stored);
            if (standing.Accepted is not null)
            {
                return standing;
            }

            var claim = standing with { Token = standing.Token + 1 };
            if (await WroteAsync(version, stored, claim, with: null, cancellationToken).ConfigureAwait(false))
            {
                return claim;
            }
        }
    }

    public async Task SettleAsync(string version, long claim, bool accepted, CancellationToken cancellationToken)
    {
        var settled = new VersionClaim(claim, accepted);
        while (true)
        {
            var stored = await StoredAsync(version, cancellationToken).ConfigureAwait(false);
            if (Of(stored) == settled)
            {
                return;
            }

            Require(version, claim, stored);
            if (await WroteAsync(version, stored, settled, with: null, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>Whether a version was settled to be published: then it has an adapter.</summary>
    public async Task<bool> IsAcceptedAsync(string version, CancellationToken cancellationToken) =>
        Of(await StoredAsync(version, cancellationToken).ConfigureAwait(false)).Accepted is true;

    /// <summary>Looks whether the claim still counts.</summary>
    public async Task<TableEntity> RequireAsync(string version, long claim, CancellationToken cancellationToken) =>
        Require(version, claim, await StoredAsync(version, cancellationToken).ConfigureAwait(false));

    /// <summary>Writes a row of the version's partition in the same moment in which the claim counts.</summary>
    public async Task WriteUnderAsync(string version, long claim, TableEntity row, CancellationToken cancellationToken)
    {
        TableEntity stored;
        do
        {
            stored = await RequireAsync(version, claim, cancellationToken).ConfigureAwait(false);
        }
        while (!await WroteAsync(version, stored, Of(stored), row, cancellationToken).ConfigureAwait(false));
    }

    private static TableEntity Require(string version, long claim, TableEntity? stored) =>
        stored is not null && Of(stored) == new VersionClaim(claim, Accepted: null)
            ? stored
            : throw new ClaimLostException(version, claim, Of(stored));

    private static VersionClaim Of(TableEntity? stored) =>
        new(stored?.GetInt64(Token) ?? 0, stored?.GetBoolean(Accepted));

    private async Task<TableEntity?> StoredAsync(string version, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(version, Row, cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>False when somebody else was first, or when our own write had come through before its answer was lost.</summary>
    private async Task<bool> WroteAsync(string version, TableEntity? stored, VersionClaim claim, TableEntity? with, CancellationToken cancellationToken)
    {
        var row = new TableEntity(version, Row) { [Token] = claim.Token };
        if (claim.Accepted is { } accepted)
        {
            row[Accepted] = accepted;
        }

        List<TableTransactionAction> actions =
        [
            stored is null
                ? new TableTransactionAction(TableTransactionActionType.Add, row)
                : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, stored.ETag),
        ];
        if (with is not null)
        {
            actions.Add(new TableTransactionAction(TableTransactionActionType.UpsertReplace, with));
        }

        try
        {
            await table.SubmitTransactionAsync(actions, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            return false;
        }
    }
}
