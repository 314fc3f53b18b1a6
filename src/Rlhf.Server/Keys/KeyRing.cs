using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>
/// The keys that are good now, in memory: the configured ones, and the store's as they were a moment ago. While the store
/// does not answer, those that are known go on.
/// </summary>
internal sealed partial class KeyRing(IKeyStore store, ConfiguredKeys configured, IOptions<KeyOptions> options, ListeningAddresses addresses, TimeProvider time, ILogger<KeyRing> log)
    : BackgroundService, IHostedLifecycleService
{
    private volatile GoodKey[] _good = [];
    private volatile bool _wereKeys;
    private IReadOnlyList<StoredKey> _stored = [];

    /// <summary>Whether there is a key, or was one once: a server that lost its last key must not open itself to everybody.</summary>
    public bool NeedsKeys => _wereKeys || options.Value.Always || addresses.Exposed is not null;

    /// <summary>Whose key this is; null for one that is not known, or is revoked.</summary>
    public Caller? Find(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        Caller? found = null;
        foreach (var good in _good) // all of them, each in constant time: the answer's time tells nothing
        {
            found = CryptographicOperations.FixedTimeEquals(good.Hash, hash) ? good.Caller : found;
        }

        return found;
    }

    /// <summary>Reads the keys before anything listens.</summary>
    /// <exception cref="UnprotectedException">Others could reach the server, and there is no key.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        if (_good.Length == 0 && addresses.Exposed is { } address)
        {
            throw new UnprotectedException(address);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Refresh, time);
        var reached = true;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var before = _stored;
                await RefreshAsync(stoppingToken);
                LogChanges(before, _stored);
                reached = true;
            }
            catch (StorageException error)
            {
                if (reached)
                {
                    LogUnreachable(error);
                }

                reached = false;
            }
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            _stored = await store.ListAsync(cancellationToken);
        }
        finally
        {
            Combine(configured.Current()); // also while the store does not answer
        }
    }

    private void Combine(IReadOnlyList<GoodKey> fromConfiguration)
    {
        _good = [.. fromConfiguration, .. _stored.Where(key => key.RevokedAt is null).Select(GoodKey.Of)];
        _wereKeys |= fromConfiguration.Count + _stored.Count > 0;
    }

    private void LogChanges(IReadOnlyList<StoredKey> before, IReadOnlyList<StoredKey> now)
    {
        foreach (var key in now.ExceptBy(before.Select(each => (each.Id, each.RevokedAt)), each => (each.Id, each.RevokedAt)))
        {
            if (key.RevokedAt is null)
            {
                LogAdded(key.Id, key.Client, KeyRolesText.Write(key.Roles));
            }
            else
            {
                LogRevoked(key.Id, key.Client);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Key {Key} of {Client} was added: {Roles}")]
    private partial void LogAdded(string key, string client, string roles);

    [LoggerMessage(Level = LogLevel.Information, Message = "Key {Key} of {Client} was revoked")]
    private partial void LogRevoked(string key, string client);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store of keys can't be read; going on with those that are known")]
    private partial void LogUnreachable(Exception error);
}
