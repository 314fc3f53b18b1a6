using Rlhf.Grains;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Feedback;
using Rlhf.Server.Health;
using Rlhf.Server.Home;
using Rlhf.Server.Keys;
using Rlhf.Server.Learner;
using Rlhf.Server.Models;
using Rlhf.Server.Telemetry;
using Rlhf.Server.Versions;
using Rlhf.Storage;

namespace Rlhf.Server.Hosting;

/// <summary>The server as a whole: what it consists of, and what it answers to.</summary>
public static class RlhfApp
{
    /// <summary>Puts a server together from its command line; starting it is the caller's.</summary>
    public static WebApplication Create(string[] args)
    {
        var app = RlhfHost.CreateBuilder(args).AddRlhf().Build();
        app.Lifetime.ApplicationStarted.Register(app.Services.GetRequiredService<QuietStart>().End);
        var process = app.Services.GetRequiredService<ProcessOptions>();
        if (process.HasFolder)
        {
            app.Services.GetRequiredService<DataFolder>(); // its lock comes before anything that would touch it
        }

        var isApi = process.Roles.HasFlag(ProcessRoles.Api);
        app.UseErrors();
        app.MapHealth();
        app.MapMetrics(keyed: isApi);
        if (isApi)
        {
            app.UseKeys();
            app.MapHome();
            app.MapChat();
            app.MapModels();
            app.MapFeedback();
            app.MapLearner();
            app.MapVersions();
            app.MapOperatorsDashboard();
        }

        return app;
    }
}
