using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Orleans.Runtime;
using Orleans.Storage;

namespace Rlhf.Storage.Tables;

/// <summary>The tables of an installation, created when the first of them is used.</summary>
internal sealed class TableAccount
{
    /// <summary>The tables that are the store's own; Orleans' providers have others.</summary>
    public static readonly string[] OfTheStore = ["ledger", "events", "index", "turns", "recent", "conversations", "adapters", "keys"];

    // Ends what the service delays by its Retry-After before the grain call around it ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private readonly string prefix;
    private readonly string setting;
    private readonly string[] names;
    private Task? created;

    public TableAccount(TableStorageOptions options)
        : this(options, OfTheStore)
    {
    }

    /// <param name="options">The account and the tables' names.</param>
    /// <param name="names">The tables that must be there; Orleans' providers create their own.</param>
    /// <exception cref="StorageException">The account's connection string or the tables' prefix can't be used.</exception>
    public TableAccount(TableStorageOptions options, string[] names)
    {
        if (options.Prefix is not { Length: >= 1 and <= 40 } || !char.IsAsciiLetter(options.Prefix[0]) || !options.Prefix.All(char.IsAsciiLetterOrDigit))
        {
            throw new StorageException($"'{options.Prefix}' can't start the names of tables (Storage:Prefix): use 1 to 40 letters and digits, a letter first.");
        }

        (prefix, setting) = (options.Prefix.ToLowerInvariant(), options.Setting);
        this.names = names;
        var client = new TableClientOptions();
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.MaxRetries = 3;
        client.Retry.Delay = options.RetryDelay;
        client.Retry.NetworkTimeout = options.TryTimeout;
        try
        {
            Service = new TableServiceClient(options.ConnectionString, client);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new StorageException(
                $"The connection string of the table storage ({setting}) can't be used: {e.Message} "
                + "It looks like AccountName=…;AccountKey=…;TableEndpoint=…, or UseDevelopmentStorage=true for Azurite.", e);
        }
    }

    /// <summary>Whether the tables answer.</summary>
    public Contact Contact { get; } = new(TimeProvider.System);

    /// <summary>The account, with the tries and times that suit a grain's call.</summary>
    public TableServiceClient Service { get; }

    /// <summary>The full name of one of the tables.</summary>
    public string Name(string table) => prefix + table;

    /// <summary>One of the tables. It may not be there before <see cref="DoAsync{T}"/>.</summary>
    public TableClient Table(string name) => Service.GetTableClient(Name(name));

    /// <summary>Makes sure, before anything else of a process starts, that the tables can be reached and used.</summary>
    /// <exception cref="StorageException">They can't; the message says what to do.</exception>
    public async Task ReachAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(RequireRestoredAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageUnavailableException e)
        {
            throw new StorageUnavailableException($"The table storage {Service.Uri} does not answer ({Reason(e.InnerException!)}): start it, or correct {setting}.", e);
        }
    }

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

    /// <summary>Half a backup is no state that tables were ever in.</summary>
    private async Task RequireRestoredAsync(CancellationToken cancellationToken)
    {
        if (names == OfTheStore)
        {
            var mark = await Table("ledger").GetEntityIfExistsAsync<TableEntity>(RestoreMark.Partition, RestoreMark.Row, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (mark.HasValue)
            {
                throw new StorageException($"A backup is being restored to the tables {prefix}… and isn't whole yet: wait for it, or, if it was interrupted, call ./rlhf restore again.");
            }
        }
    }

    private async Task CreatedAsync(CancellationToken cancellationToken)
    {
        var creating = Volatile.Read(ref created);
        if (creating is null or { IsCompleted: true, IsCompletedSuccessfully: false })
        {
            creating = Task.WhenAll(names.Select(name => Table(name).CreateIfNotExistsAsync(CancellationToken.None)));
            Volatile.Write(ref created, creating);
        }

        await creating.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private StorageException? Explain(Exception error, CancellationToken cancellationToken) => error switch
    {
        StorageException or InconsistentStateException => null,
        OrleansException { InnerException: { } inner } => Explain(inner, cancellationToken), // Orleans' providers wrap some
        RequestFailedException { Status: 401 or 403 } refused => new StorageException(
            $"The table storage {Service.Uri} refuses this account ({refused.ErrorCode ?? $"{refused.Status}"}): check {setting}.", refused),
        RequestFailedException { Status: 400 or 413 } wrong => new StorageException($"The table storage {Service.Uri} does not take this request ({wrong.ErrorCode ?? wrong.Message}); nothing was stored.", wrong),
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        RequestFailedException or AggregateException or OperationCanceledException or IOException or JsonException => Unavailable(error),
        _ => null,
    };

    private StorageUnavailableException Unavailable(Exception error)
    {
        Contact.Failed();
        return new StorageUnavailableException(
            $"The table storage {Service.Uri} does not answer ({Reason(error)}). What was asked of it may or may not be done; the same request can be sent again.", error);
    }

    private static string Reason(Exception error) => error switch
    {
        RequestFailedException { Status: not 0 } failed => failed.ErrorCode ?? $"status {failed.Status}",
        AggregateException failed => FirstLine(failed.InnerExceptions[^1]),
        OperationCanceledException => "no answer in time",
        IOException or JsonException => "its answer was cut off or is no answer of a table storage",
        _ => FirstLine(error),
    };

    private static string FirstLine(Exception error) => error.Message.Split('\n')[0].Trim().TrimEnd('.');
}
