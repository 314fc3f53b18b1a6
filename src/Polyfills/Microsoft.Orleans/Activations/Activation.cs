using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>A grain in memory: from the first call that needs it until it is idle, asked to go, or the silo stops.</summary>
internal sealed class Activation : CallTarget, IGrainContext
{
    private readonly GrainClass _class;
    private readonly ILogger _logger;
    private readonly StagedLifecycle _lifecycle;
    private readonly Lock _gate = new();
    private readonly HashSet<IActivationResource> _resources = [];
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AsyncServiceScope _scope;
    private object? _instance;
    private GrainReference? _reference;
    private DeactivationReason? _reason;
    private Phase _phase = Phase.Activating;
    private TimeSpan _delayedUntil;

    public Activation(SiloRuntime silo, GrainId id, GrainClass grainClass)
        : base(silo, id, grainClass.Interleaving, silo.Logger)
    {
        _class = grainClass;
        _logger = silo.Logger;
        _lifecycle = new StagedLifecycle(silo.Logger);
    }

    private enum Phase
    {
        Activating,
        Active,
        Deactivating,
    }

    public GrainClass Class => _class;

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public Task Deactivated => _deactivated.Task;

    public override object? GrainInstance => _instance;

    public GrainReference GrainReference => _reference ??= new GrainReference(Silo, GrainId, typeof(IAddressable));

    public IGrainLifecycle ObservableLifecycle => _lifecycle;

    public bool IsActive => _phase == Phase.Active;

    public void Activate() => Scheduler.Post(() => _ = ActivateAsync());

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_reason is not null)
            {
                return;
            }

            _reason = deactivationReason;
            if (_phase == Phase.Activating)
            {
                return;
            }

            _phase = Phase.Deactivating;
        }

        Scheduler.Post(() => _ = DeactivateAsync(cancellationToken));
    }

    public void DelayDeactivation(TimeSpan span) =>
        _delayedUntil = span == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Silo.Clock.Now + span;

    /// <summary>Whether nothing has happened here for as long as the class allows.</summary>
    public bool IsIdle(TimeSpan now, TimeSpan? age = null)
    {
        var limit = age ?? _class.CollectionAge;
        return IsActive && limit != Timeout.InfiniteTimeSpan && Mailbox.IsIdle && now >= _delayedUntil && now - Mailbox.LastUsed >= limit;
    }

    /// <summary>Lets go of a timer or an enumeration when the activation goes; false when it is going already.</summary>
    public bool TryAdd(IActivationResource resource)
    {
        lock (_gate)
        {
            return _phase != Phase.Deactivating && _resources.Add(resource);
        }
    }

    public void Remove(IActivationResource resource)
    {
        lock (_gate)
        {
            _resources.Remove(resource);
        }
    }

    public IActivationResource[] Resources()
    {
        lock (_gate)
        {
            return [.. _resources];
        }
    }

    public void EnterReentrantSection(Guid id) => Mailbox.EnterReentrantSection(id);

    public void LeaveReentrantSection(Guid id) => Mailbox.LeaveReentrantSection(id);

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override void OnCallFailed(Exception error)
    {
        if (error is Storage.InconsistentStateException { IsSourceActivation: true } conflict)
        {
            conflict.IsSourceActivation = false;
            Deactivate(new(DeactivationReasonCode.ApplicationError, error, "Its state in memory is not the stored one."));
        }
    }

    private async Task ActivateAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(Silo.Collection.ActivationTimeout, Silo.Time);
            _scope = Silo.Services.CreateAsyncScope();
            _instance = _class.Create(this);
            (_instance as ILifecycleParticipant<IGrainLifecycle>)?.Participate(_lifecycle);
            if (_instance is IGrainBase grain)
            {
                _lifecycle.Subscribe(
                    "grain", GrainLifecycleStage.Activate, grain.OnActivateAsync, token => grain.OnDeactivateAsync(_reason!.Value, token));
            }

            await _lifecycle.StartAsync(limit.Token);
        }
        catch (Exception error)
        {
            _logger.LogError(error, "{Grain} could not be activated.", GrainId);
            _reason = new(DeactivationReasonCode.ActivationFailed, error, "It could not be activated.");
            await EndAsync(entry => entry.Reject(error));
            return;
        }

        var unwanted = false;
        lock (_gate)
        {
            unwanted = _reason is not null;
            _phase = unwanted ? Phase.Deactivating : Phase.Active;
        }

        if (unwanted)
        {
            await DeactivateAsync(CancellationToken.None);
        }
        else
        {
            Mailbox.Open();
        }
    }

    private async Task DeactivateAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Silo.Collection.DeactivationTimeout, Silo.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        foreach (var resource in Resources())
        {
            resource.OnDeactivating();
        }

        try
        {
            await Mailbox.PauseAsync().WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            _logger.LogWarning("{Grain} is deactivated although a call is still running.", GrainId);
        }

        await _lifecycle.StopAsync(either.Token);
        await EndAsync(entry => entry.Forward());
    }

    private async Task EndAsync(Action<MailboxEntry> handBack)
    {
        try
        {
            foreach (var resource in Resources())
            {
                await resource.DisposeAsync();
            }

            if (_instance is IAsyncDisposable asyncDisposable)
            {
                await asyncDisposable.DisposeAsync();
            }
            else
            {
                (_instance as IDisposable)?.Dispose();
            }

            await _scope.DisposeAsync();
        }
        catch (Exception error)
        {
            _logger.LogError(error, "{Grain} failed to let go of what it held.", GrainId);
        }

        var left = Mailbox.Close();
        Silo.Catalog.Remove(this);
        _deactivated.TrySetResult();
        foreach (var entry in left)
        {
            handBack(entry);
        }
    }
}

/// <summary>Something that belongs to one activation and goes with it.</summary>
internal interface IActivationResource : IAsyncDisposable
{
    /// <summary>The activation will wait for what runs: nothing should run for long now.</summary>
    void OnDeactivating();

    /// <summary>Called now and then, in case nobody uses it any more.</summary>
    void OnHousekeeping(TimeSpan now);
}
