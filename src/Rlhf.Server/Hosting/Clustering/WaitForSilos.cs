using Orleans;

namespace Rlhf.Server.Hosting;

/// <summary>A client may start before its silos do, and outlive them. It says once what it waits for. A store of the membership that fails is told like any other, and not waited for.</summary>
internal sealed partial class WaitForSilos(ProcessOptions process, TimeProvider time, ILogger<WaitForSilos> log) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);
    private bool _said;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (StartupError.IsOfTheStore(exception))
        {
            return false;
        }

        if (!_said)
        {
            _said = true;
            LogWaiting(process.Clustering.ClusterId, process.Clustering.Provider, StartupError.FirstSentence(exception));
        }

        await Task.Delay(BetweenAttempts, time, cancellationToken);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No silo of the cluster {Cluster} answers yet, and this process waits for one to be found in {Provider}: {Reason}")]
    private partial void LogWaiting(string cluster, string provider, string reason);
}
