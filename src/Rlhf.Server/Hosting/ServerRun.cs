namespace Rlhf.Server.Hosting;

/// <summary>The server from its start to its end.</summary>
internal static class ServerRun
{
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(10);

    /// <summary>Runs until it is told to stop. A start that fails is one line; what led to it is logged at Debug.</summary>
    /// <param name="settings">What the command line says.</param>
    /// <param name="errors">Where the line goes.</param>
    /// <returns>The exit code: 0 after an orderly end, 1 where it could not start.</returns>
    public static async Task<int> RunAsync(IEnumerable<ServerSetting> settings, TextWriter errors)
    {
        WebApplication app;
        try
        {
            app = RlhfApp.Create(settings);
        }
        catch (Exception error)
        {
            await errors.WriteLineAsync(StartupError.Explain(error));
            return 1;
        }

        app.PrintBannerWhenReady();
        try
        {
            await app.StartAsync();
        }
        catch (Exception error)
        {
            var told = app.Lifetime.ApplicationStopping.IsCancellationRequested; // to stop, before it was ready
            if (!told)
            {
                await errors.WriteLineAsync(StartupError.Explain(error));
            }

            await LeaveAsync(app);
            return told ? 0 : 1;
        }

        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return 0;
    }

    /// <summary>Undoes what was started, a place in the cluster for example. What goes wrong with that has its cause in what
    /// was told already.</summary>
    private static async Task LeaveAsync(WebApplication app)
    {
        try
        {
            using var patience = new CancellationTokenSource(LeavePatience);
            await app.StopAsync(patience.Token);
        }
        catch (Exception error)
        {
            app.Logger.LogDebug(error, "The server that could not start left in disorder");
        }
    }
}
