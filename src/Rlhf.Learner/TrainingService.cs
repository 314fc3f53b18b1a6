using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Moderation;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Learner.Manifests;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Rewards;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <summary>Trains, on a thread of its own: never on a grain's scheduler, never on the thread pool. The learner's grain
/// says what, and is told how it goes and how it ended.</summary>
public sealed partial class TrainingService(
    BaseModel model,
    LearnerOptions options,
    IOptions<LearnerSchedule> schedule,
    IOptions<ModerationOptions> moderation,
    IOptions<FeedbackOptions> feedback,
    IFeedbackLedger ledger,
    ITurnStore turns,
    IAdapterStore adapters,
    DataFolder folder,
    CatalogCache catalog,
    IGrainFactory grains,
    ILogger<TrainingService> log) : IHostedService, IDisposable
{
    private const int RewardAttempts = 60;
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _starting = new();
    private readonly SemaphoreSlim _inputs = new(1); // inputs are collected, or cleared because of an erasure, never both at once
    private TrainingJob? _running;
    private TrainingJob? _interrupted;
    private CancellationTokenSource? _interrupting;
    private Thread? _thread;
    private volatile Prepared? _prepared;
    private volatile Prepared? _forgotten;

    /// <summary>The learner's options as JSON, for a version's lineage.</summary>
    public string Config { get; } = JsonSerializer.Serialize(options);

    /// <summary>Whether an AI judge labels served replies, so that there may be something to learn from that is in no ledger.</summary>
    public bool Labels => options.Judge.Labels;

    private ILearnerGrain Learner => grains.Learner(catalog.Current.Model);

    /// <summary>Whether a job runs here.</summary>
    public bool Runs(string jobId)
    {
        lock (_starting)
        {
            return _running?.Id == jobId && _thread is { IsAlive: true };
        }
    }

    /// <summary>Clears the folder of a job that has something that was erased since, whether it runs or not. One whose inputs are being collected is waited for.</summary>
    /// <returns>Whether the job runs here with what was erased, and has to begin again.</returns>
    public async Task<bool> ForgetErasedAsync(TrainingJob job, CancellationToken cancellationToken)
    {
        await _inputs.WaitAsync(cancellationToken);
        try
        {
            var prepared = _prepared is { } latest && latest.IsOf(job) && Runs(job.Id) ? latest : null;
            var inputs = prepared?.Inputs ?? await TrainingInputs.FindAsync(FolderOf(job.Id), cancellationToken);
            if (inputs is null || !await inputs.HoldErasedAsync(job.Cursor, ledger, turns, cancellationToken))
            {
                return false;
            }

            LogBeginsAgain(job.Id);
            ClearFolder(FolderOf(job.Id), _ => true);
            _forgotten = prepared;
            StopForgotten(prepared);
            return prepared is not null;
        }
        finally
        {
            _inputs.Release();
        }
    }

    /// <summary>Jobs that don't run here and have left more than their figures: a crash may have come before their folder was cleared, or another learner
    /// may have ended them.</summary>
    public IReadOnlyList<string> Leftovers()
    {
        var root = schedule.Value.JobsFolder ?? folder.Jobs;
        return Directory.Exists(root)
            ? [.. Directory.GetDirectories(root).Where(job => Directory.EnumerateFiles(job).Any(IsOfNoUse)).Select(job => Path.GetFileName(job)!).Where(job => !Runs(job))]
            : [];
    }

    /// <summary>Clears the folder of a job that has ended.</summary>
    public void Clear(string jobId) => ClearFolder(FolderOf(jobId), IsOfNoUse);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Starts a job, or goes on with one whose checkpoint lies in its folder. One that runs here already is left alone.</summary>
    public void Submit(TrainingJob job)
    {
        lock (_starting)
        {
            if ((_running?.Id, _running?.Claim) != (job.Id, job.Claim) && !_stopping.IsCancellationRequested)
            {
                var previous = _thread;
                _running = job;
                _thread = new Thread(() => Train(job, previous)) { IsBackground = true, Name = $"training {job.Version}" };
                _thread.Start();
            }
        }
    }

    /// <summary>Has a job stop here; its last checkpoint stays, so that it can go on from it.</summary>
    public void Interrupt(string jobId)
    {
        lock (_starting)
        {
            if (_running?.Id == jobId)
            {
                _interrupted = _running;
                _interrupting?.Cancel();
            }
        }
    }

    /// <summary>Stops at the next checkpoint; the job goes on with the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (_thread is { } thread)
        {
            await Task.Factory.StartNew(thread.Join, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _inputs.Dispose();
    }

    /// <summary>The training thread. It may wait for what it needs: nobody else runs on it.</summary>
    private void Train(TrainingJob job, Thread? previous)
    {
        previous?.Join();
        LowPriority.ForThisThread();
        using var span = TrainingTrace.Begin(job);
        LogStarted(job.Id, job.Version, job.Cursor);
        using var superseded = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        Interruptible(job, superseded);
        try
        {
            var (request, parent) = Insist(() => PrepareAsync(job), WillPass, error => LogWaits(error, job.Id));
            var waits = 0;
            var (labels, labelled) = WaitForRewards(job, superseded, ref waits, () => LabelAsync(job, superseded.Token).GetAwaiter().GetResult());
            request = request with { Labels = labels };
            var result = WaitForRewards(job, superseded, ref waits, () => Run(job, request, superseded));
            Insist(() => SaveAsync(job, request, result, parent, labelled), WillPass, error => LogWaits(error, job.Id));
            Finish(job, result.Decision != GateDecision.Rejected, result.Reason, Figures.Finite(result.Metrics.Append(_prepared!.Inputs.Demonstrated(job.Cursor, result.Metrics)).Concat(JudgeLabels.Figures(request.Labels))));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            LogInterrupted(job.Id);
        }
        catch (Exception error) when (error is ClaimLostException || superseded.IsCancellationRequested)
        {
            LogDropped(job);
        }
        catch (Exception error)
        {
            TrainingTrace.Failed(span, error);
            LogFailed(error, job.Id);
            Finish(job, accepted: null, $"The training failed: {error.Message}", ImmutableDictionary<string, double>.Empty);
        }
        finally
        {
            Interruptible(job, null);
            NativeMemory.GiveBack();
        }
    }

    /// <summary>Ends a run here that has what was erased at once: it shows an AI judge nothing more of that.</summary>
    private void StopForgotten(Prepared? forgotten)
    {
        lock (_starting)
        {
            if (forgotten is not null && _running is { } running && forgotten.IsOf(running))
            {
                _interrupting?.Cancel();
            }
        }
    }

    private void Interruptible(TrainingJob job, CancellationTokenSource? by)
    {
        lock (_starting)
        {
            _interrupting = by;
            if (IsInterrupted(job))
            {
                by?.Cancel();
            }
        }
    }

    private bool IsInterrupted(TrainingJob job) => (_interrupted?.Id, _interrupted?.Claim) == (job.Id, job.Claim);

    private string FolderOf(string jobId) => schedule.Value.JobsFolder is { } shared ? Path.Combine(shared, jobId) : folder.Job(jobId);

    /// <summary>What the job is asked, and the checksum of the adapter that it goes on from.</summary>
    private async Task<(TrainingRequest Request, string? Parent)> PrepareAsync(TrainingJob job)
    {
        var inputs = await InputsAsync(job);
        await grains.GetGrain<IModelVersionGrain>($"{catalog.Current.Model}:{job.Version}").CollectedAsync(inputs.AsOf, _stopping.Token);
        var live = job.Parent == ModelCatalog.Base ? null : await adapters.LoadAsync(job.Parent, _stopping.Token)
            ?? throw new StorageDamagedException($"The adapter of version '{job.Parent}', which this job goes on from, is missing. Restore it from a backup, or roll the version back and train again.");
        var request = new TrainingRequest
        {
            JobId = job.Id,
            Version = job.Version,
            Parent = job.Parent,
            Seed = unchecked((ulong)job.Seed),
            LivePolicy = live is null ? null : LoraAdapter.FromBytes(live, $"version '{job.Parent}'"),
            KlCoefficient = inputs.KlCoefficient,
            Feedback = inputs.Feedback,
            Prompts = inputs.ToPrompts(),
            CheckpointFolder = FolderOf(job.Id),
        };
        return (request, live is null ? null : ManifestWriter.Checksum(live));
    }

    /// <summary>The inputs that lie in the job's folder, or new ones, which are kept there.</summary>
    private async Task<TrainingInputs> InputsAsync(TrainingJob job)
    {
        await _inputs.WaitAsync(_stopping.Token);
        try
        {
            var inputs = await FindOrCollectAsync(job, FolderOf(job.Id));
            _prepared = new Prepared(job.Id, job.Claim, inputs with { Feedback = [], Prompts = [], ToLabel = [] });
            return inputs;
        }
        finally
        {
            _inputs.Release();
        }
    }

    private async Task<TrainingInputs> FindOrCollectAsync(TrainingJob job, string jobFolder)
    {
        var inputs = await TrainingInputs.FindAsync(jobFolder, _stopping.Token);
        if (inputs is not null && await inputs.HoldErasedAsync(job.Cursor, ledger, turns, _stopping.Token))
        {
            LogBeginsAgain(job.Id);
            ClearFolder(jobFolder, _ => true);
            inputs = null;
        }

        if (inputs is null)
        {
            ClearFolder(jobFolder, _ => true); // a checkpoint without its inputs is of another program
            inputs = await TrainingInputs.CollectAsync(job, catalog.Current.Model, schedule.Value, feedback.Value, ledger, turns, grains, moderation.Value.Learn, options.Judge, _stopping.Token);
            await inputs.KeepAsync(jobFolder, _stopping.Token);
            if (inputs.SetAside > 0)
            {
                LogSetAside(job.Id, inputs.SetAside, Names.Rule);
            }
        }

        return inputs;
    }

    /// <summary>What an AI judge says of the served replies among the job's inputs. An erasure doesn't wait for it, but ends it: the judge is shown nothing of what was erased.</summary>
    private async Task<(IReadOnlyList<Judgement> Labels, ImmutableArray<ManifestLabel> Labelled)> LabelAsync(TrainingJob job, CancellationToken cancellationToken)
    {
        if (!options.Judge.Labels || await TrainingInputs.FindAsync(FolderOf(job.Id), cancellationToken) is not { ToLabel: { IsEmpty: false } replies })
        {
            return ([], []);
        }

        var scores = await JudgeLabels.ScoreAsync(replies, options.Judge, RewardFiles.Read(options.Components).Constitution, FolderOf(job.Id), cancellationToken);
        return (JudgeLabels.ToJudgements(replies, scores, options.Judge.Label.Weight), [.. replies.Select(reply => new ManifestLabel(PromptChecksum.Of(reply.Messages.ToDialogue(), reply.Reply), scores[reply.Id]))]);
    }

    /// <summary>Tries again while what scores replies gives no usable score and waiting may help, with the status saying what is waited for.</summary>
    private T WaitForRewards<T>(TrainingJob job, CancellationTokenSource superseded, ref int waits, Func<T> work)
    {
        while (true)
        {
            try
            {
                return work();
            }
            catch (RewardComponentException error) when (error.IsTransient && schedule.Value.RewardPatience > TimeSpan.Zero && waits < RewardAttempts)
            {
                waits++;
                LogWaitsForReward(error, job.Id, error.Component);
                if (!Insist(() => Learner.ReportAsync(job.Id, job.Claim, TrainingStage.WaitsFor(error.Component), 0, 0, job.Metrics), _ => true, unsent => LogWaits(unsent, job.Id)))
                {
                    superseded.Cancel();
                }

                superseded.Token.WaitHandle.WaitOne(schedule.Value.RewardPatience / RewardAttempts);
                superseded.Token.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task<bool> SaveAsync(TrainingJob job, TrainingRequest request, TrainingResult result, string? parent, ImmutableArray<ManifestLabel> labelled)
    {
        var (reward, adapter) = (result.Reward.ToBytes(), result.Policy.ToBytes());
        var manifest = ManifestWriter.Of(job, _prepared!.Inputs, request, result, parent, labelled, adapter, reward, model, options, feedback.Value);
        await adapters.SaveRewardAsync(job.Version, reward, job.Claim, _stopping.Token);
        await adapters.SaveManifestAsync(job.Version, manifest.ToBytes(), job.Claim, _stopping.Token);
        await adapters.SaveAsync(job.Version, adapter, job.Claim, _stopping.Token);
        return true;
    }

    /// <summary>Tries again until it succeeds, or the process stops.</summary>
    private T Insist<T>(Func<Task<T>> work, Func<Exception, bool> passes, Action<Exception> log)
    {
        while (true)
        {
            try
            {
                return work().GetAwaiter().GetResult();
            }
            catch (Exception error) when (passes(error) && !_stopping.IsCancellationRequested)
            {
                log(error);
                _stopping.Token.WaitHandle.WaitOne(RetryEvery);
                _stopping.Token.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>A store that does not answer, or has no room, costs a job time and nothing else.</summary>
    private static bool WillPass(Exception error) => error
        is StorageUnavailableException or StorageFullException or RefusedException { Refusal: Refusal.Unavailable } or TimeoutException or OrleansMessageRejectionException;

    private TrainingResult Run(TrainingJob job, TrainingRequest request, CancellationTokenSource superseded)
    {
        var reports = new ProgressReports(Learner, job, superseded.Cancel);
        try
        {
            if (job.Stage == TrainingJob.Queued)
            {
                reports.Report(new TrainingProgress(TrainingStage.Reward, 0, 0, ImmutableDictionary<string, double>.Empty)); // the run's own first report comes after its first step
            }

            return new TrainingRun(model, options).Execute(request, reports, superseded.Token);
        }
        finally
        {
            reports.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Insists: a full disk or a busy grain must not cost the work. Ending a job twice changes nothing.</summary>
    private void Finish(TrainingJob job, bool? accepted, string reason, ImmutableDictionary<string, double> metrics)
    {
        try
        {
            if (Insist(() => Learner.CompleteAsync(job.Id, job.Claim, accepted, reason, metrics, _stopping.Token), _ => true, error => LogUnfinished(error, job.Id)))
            {
                LogFinished(job.Id, job.Version, reason);
            }
            else
            {
                LogDropped(job);
            }
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            LogInterrupted(job.Id);
        }
    }

    private static bool IsOfNoUse(string file) => Path.GetFileName(file) != MetricsLog.FileName;

    /// <summary>The version's adapter is in the store and its lineage in its record: but for the figures of its steps, the folder of a finished job is of
    /// no more use, and what it holds are people's words.</summary>
    private void ClearFolder(string path, Func<string, bool> which)
    {
        try
        {
            foreach (var file in Directory.Exists(path) ? Directory.GetFiles(path).Where(which) : [])
            {
                File.Delete(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogLeftBehind(error, path);
        }
    }

    private void LogDropped(TrainingJob job)
    {
        if (IsInterrupted(job))
        {
            LogHeld(job.Id);
        }
        else if (_forgotten is { } forgotten && forgotten.IsOf(job))
        {
            LogForgotten(job.Id, job.Claim);
        }
        else
        {
            LogSuperseded(job.Id, job.Claim);
        }
    }

    /// <summary>What a job goes by: its inputs without the texts.</summary>
    private sealed record Prepared(string JobId, long Claim, TrainingInputs Inputs)
    {
        public bool IsOf(TrainingJob job) => (JobId, Claim) == (job.Id, job.Claim);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Training job {JobId} begins again: something that it learned from was erased")]
    private partial void LogBeginsAgain(string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Training job {JobId} sets {Count} events of the ledger aside: their rater's name isn't of {Rule}")]
    private partial void LogSetAside(string jobId, int count, string rule);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training {Version} ({JobId}) on feedback up to event {Cursor}")]
    private partial void LogStarted(string jobId, string version, long cursor);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training job {JobId} stops here: it is held or was cancelled")]
    private partial void LogHeld(string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training job {JobId} is interrupted and goes on with the next start")]
    private partial void LogInterrupted(string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "What training job {JobId} trained under claim {Claim} with what was erased is dropped")]
    private partial void LogForgotten(string jobId, long claim);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Training job {JobId} was taken over by another learner; what was trained here under claim {Claim} is dropped")]
    private partial void LogSuperseded(string jobId, long claim);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Training job {JobId} waits for {Component} and goes on from its last checkpoint then")]
    private partial void LogWaitsForReward(Exception error, string jobId, string component);

    [LoggerMessage(Level = LogLevel.Error, Message = "Training job {JobId} failed")]
    private partial void LogFailed(Exception error, string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training job {JobId} ended, version {Version}: {Reason}")]
    private partial void LogFinished(string jobId, string version, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Training job {JobId} waits for the store")]
    private partial void LogWaits(Exception error, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The end of training job {JobId} could not be recorded; trying again")]
    private partial void LogUnfinished(Exception error, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder {Folder} of a training job could not be cleared")]
    private partial void LogLeftBehind(Exception error, string folder);
}
