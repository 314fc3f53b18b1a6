using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>The tables of an installation, created when the first of them is used.</summary>
internal sealed class TableAccount
{
    private static readonly string[] Names = ["ledger", "events", "index", "turns", "recent", "state", "reminders", "adapters", "keys"];

    // Ends what the service delays by its Retry-After before the grain call around it ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private readonly TableServiceClient service;
    private readonly string prefix;
    private Task? created;

    public TableAccount(TableStorageOptions options)
    {
        if (options.Prefix is not { Length: >= 1 and <= 40 } || !char.IsAsciiLetter(options.Prefix[0]) || !options.Prefix.All(char.IsAsciiLetterOrDigit))
        {
            throw new StorageException($"'{options.Prefix}' can't start the names of tables (Storage:Prefix): use 1 to 40 letters and digits, a letter first.");
        }

        prefix = options.Prefix.ToLowerInvariant();
        var client = new TableClientOptions();
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.MaxRetries = 3;
        client.Retry.Delay = options.RetryDelay;
        client.Retry.NetworkTimeout = options.TryTimeout;
        try
        {
            service = new TableServiceClient(options.ConnectionString, client);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new StorageException(
                $"The connection string of the table storage (Storage:ConnectionString) can't be used: {e.Message} "
                + "It looks like AccountName=…;AccountKey=…;TableEndpoint=…, or UseDevelopmentStorage=true for Azurite.", e);
        }
    }

    /// <summary>Whether the tables answer.</summary>
    public Contact Contact { get; } = new(TimeProvider.System);

    /// <summary>One of the tables. It may not be there before <see cref="DoAsync{T}"/>.</summary>
    public TableClient Table(string name) => service.GetTableClient(prefix + name);

    /// <summary>Talks to the tables; what goes wrong is told as <see cref="StorageException"/>.</summary>
    public async Task<T> DoAsync<T>(Func<CancellationToken, Task<T>> talk, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await CreatedAsync(patience.Token).ConfigureAwait(false);
            var answer = await talk(patience.Token).ConfigureAwait(false);
            Contact.Answered();
            return answer;
        }
        catch (Exception e) when (Explain(e, cancellationToken) is { } explained)
        {
            throw explained;
        }
    }

    /// <inheritdoc cref="DoAsync{T}"/>
    public Task DoAsync(Func<CancellationToken, Task> talk, CancellationToken cancellationToken) =>
        DoAsync(
            async cancellation =>
            {
                await talk(cancellation).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>Asks the tables what they hold about an id; while they don't answer that is nothing, where there can be nothing.</summary>
    public async Task<T> AskAboutAsync<T>(string id, T nothing, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        if (Contact.RulesOut(id))
        {
            return nothing;
        }

        try
        {
            return await DoAsync(ask, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException) when (Contact.RulesOut(id))
        {
            return nothing;
        }
    }

    private async Task CreatedAsync(CancellationToken cancellationToken)
    {
        var creating = Volatile.Read(ref created);
        if (creating is null or { IsCompleted: true, IsCompletedSuccessfully: false })
        {
            creating = Task.WhenAll(Names.Select(name => Table(name).CreateIfNotExistsAsync(CancellationToken.None)));
            Volatile.Write(ref created, creating);
        }

        await creating.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private StorageException? Explain(Exception error, CancellationToken cancellationToken) => error switch
    {
        StorageException => null,
        RequestFailedException { Status: 401 or 403 } refused => new StorageException(
            $"The table storage {service.Uri} refuses this account ({refused.ErrorCode ?? $"{refused.Status}"}): check Storage:ConnectionString.", refused),
        RequestFailedException { Status: 400 or 413 } wrong => new StorageException($"The table storage {service.Uri} does not take this request ({wrong.ErrorCode ?? wrong.Message}); nothing was stored.", wrong),
        RequestFailedException failed => Unavailable(failed, failed.Status == 0 ? failed.Message.Split('\n')[0] : failed.ErrorCode ?? $"status {failed.Status}"),
        AggregateException failed => Unavailable(failed, failed.InnerExceptions[^1].Message.Split('\n')[0]),
        OperationCanceledException cancelled => cancellationToken.IsCancellationRequested ? null : Unavailable(cancelled, "no answer in time"),
        IOException or JsonException => Unavailable(error, "its answer was cut off or is no answer of a table storage"),
        _ => null,
    };

    private StorageUnavailableException Unavailable(Exception error, string reason)
    {
        Contact.Failed();
        return new StorageUnavailableException(
            $"The table storage {service.Uri} does not answer ({reason.Trim().TrimEnd('.')}). What was asked of it may or may not be done; the same request can be sent again.", error);
    }
}
