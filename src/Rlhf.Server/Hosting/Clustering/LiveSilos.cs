using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Cluster;

namespace Rlhf.Server.Hosting;

/// <summary>Which silos are in the cluster, as this process knows it: a silo is told of every change of the membership, a
/// client asks a silo. Who waits for a silo that left would otherwise wait for the response timeout.</summary>
internal sealed partial class LiveSilos(
    IGrainFactory grains, ProcessOptions process, TimeProvider time, ILogger<LiveSilos> log, ILocalSiloDetails? own = null, IClusterMembershipService? membership = null) : BackgroundService
{
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(500);

    // The silo that was asked may be the one that died.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // A grain is looked for again while silos come and go: twelve seconds, in which the cluster finds by the default probes that one is dead.
    private const int MostAttempts = 48;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Silo> _silos = [];
    private CancellationTokenSource _next = new();

    /// <summary>Cancelled when a silo leaves the cluster.</summary>
    /// <param name="silo">The silo, as <see cref="SiloAddress.ToString()"/> writes it.</param>
    public CancellationToken Left(string silo)
    {
        lock (_gate)
        {
            return silo == own?.SiloAddress.ToString() ? CancellationToken.None : Of(silo).Gone.Token;
        }
    }

    /// <summary>Cancelled when the next silo leaves, whichever it is.</summary>
    public CancellationToken NextLeft
    {
        get
        {
            lock (_gate)
            {
                return _next.Token;
            }
        }
    }

    /// <summary>How long an answer may still be under way when a silo has left that it may have gone with.</summary>
    public Task PatienceAsync(CancellationToken cancellationToken) => Task.Delay(Patience, time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);

    /// <summary>Asks a grain, and asks again where a silo leaves before the answer comes or the grain is on its way to another: for what may be
    /// asked twice.</summary>
    /// <param name="ask">Asks once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">What was asked is refused, or nobody answers.</exception>
    public Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        return AgainWhileMovingAsync(OnceAsync, cancellationToken);

        async Task<T> OnceAsync()
        {
            var left = NextLeft;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(left, cancellationToken);
            try
            {
                return await ask(either.Token).WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (left.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new RefusedException(Refusal.Unavailable, "A process of the cluster left before it answered; try again.");
            }
        }
    }

    /// <summary>Does something that calls a grain, and does it again while the grain can't be reached because silos come and go.</summary>
    public async Task<T> AgainWhileMovingAsync<T>(Func<Task<T>> once, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await once();
            }
            catch (Exception error) when (attempt < MostAttempts && error is (RefusedException { Refusal: Refusal.Unavailable } or OrleansMessageRejectionException))
            {
                await Task.Delay(BetweenAttempts, time, cancellationToken);
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => membership is null ? AskAsync(stoppingToken) : ListenAsync(membership, stoppingToken);

    private async Task ListenAsync(IClusterMembershipService changes, CancellationToken stoppingToken)
    {
        var ending = new HashSet<string>();
        await foreach (var snapshot in changes.MembershipUpdates.WithCancellation(stoppingToken))
        {
            var status = snapshot.Members.ToDictionary(member => member.Key.ToString(), member => member.Value.Status);
            ending.UnionWith(status.Where(silo => silo.Value is SiloStatus.ShuttingDown or SiloStatus.Stopping).Select(silo => silo.Key));
            await AdoptAsync([.. status.Where(silo => SilosGrain.IsUp(silo.Value)).Select(silo => silo.Key)], silo => status.GetValueOrDefault(silo) == SiloStatus.Dead && !ending.Contains(silo));
        }
    }

    private async Task AskAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BetweenQuestions, time);
        do
        {
            try
            {
                await AdoptAsync([.. await grains.GetGrain<ISilosGrain>(0).GetAsync(stoppingToken).WaitAsync(Patience, time, stoppingToken)], _ => false);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogUnanswered(error);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Takes a list of those that are there, and ends what waits for one that left.</summary>
    private async Task AdoptAsync(HashSet<string> there, Func<string, bool> isDead)
    {
        foreach (var ended in Adopt(there, isDead))
        {
            await ended.CancelAsync();
        }
    }

    private List<CancellationTokenSource> Adopt(HashSet<string> there, Func<string, bool> isDead)
    {
        lock (_gate)
        {
            foreach (var name in there.Where(name => name != own?.SiloAddress.ToString() && !Of(name).IsKnown))
            {
                Of(name).IsKnown = true;
                LogJoined(name, process.Clustering.ClusterId);
            }

            var left = _silos.Where(silo => silo.Value.IsKnown && !there.Contains(silo.Key)).ToList();
            foreach (var (name, _) in left)
            {
                _silos.Remove(name);
                if (isDead(name))
                {
                    LogDead(name, process.Clustering.ClusterId);
                }
                else
                {
                    LogLeft(name, process.Clustering.ClusterId);
                }
            }

            if (left.Count == 0)
            {
                return [];
            }

            var next = _next;
            _next = new();
            return [next, .. left.Select(silo => silo.Value.Gone)];
        }
    }

    private Silo Of(string name)
    {
        if (!_silos.TryGetValue(name, out var silo))
        {
            _silos[name] = silo = new Silo();
        }

        return silo;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} joined the cluster {Cluster}")]
    private partial void LogJoined(string silo, string cluster);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} left the cluster {Cluster}")]
    private partial void LogLeft(string silo, string cluster);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} is dead, and no longer in the cluster {Cluster}")]
    private partial void LogDead(string silo, string cluster);

    [LoggerMessage(Level = LogLevel.Debug, Message = "No silo said which silos there are")]
    private partial void LogUnanswered(Exception error);

    /// <summary>One of them; not known yet where a reply named it before the list did.</summary>
    private sealed class Silo
    {
        public bool IsKnown { get; set; }

        public CancellationTokenSource Gone { get; } = new();
    }
}
