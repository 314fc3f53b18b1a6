using Rlhf.Grains;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Export;
using Rlhf.Server.Feedback;
using Rlhf.Server.Feedback.Shapes;
using Rlhf.Server.Health;
using Rlhf.Server.Keys;
using Rlhf.Server.Learner;
using Rlhf.Server.Models;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Raters;
using Rlhf.Server.Requests;
using Rlhf.Server.SystemPrompts;
using Rlhf.Server.Telemetry;
using Rlhf.Server.Users;
using Rlhf.Server.Versions;
using Rlhf.Server.Webhooks;
using Rlhf.Storage;
using Rlhf.WebConsole;

namespace Rlhf.Server.Hosting;

/// <summary>The server as a whole: what it consists of, and what it answers to.</summary>
public static class RlhfApp
{
    /// <summary>Puts a server together from its command line; starting it is the caller's.</summary>
    /// <param name="args">The words after <c>run</c>.</param>
    /// <exception cref="ArgumentException">The command line makes no sense.</exception>
    public static WebApplication Create(string[] args) => Create(RunCommand.Parse(args));

    internal static WebApplication Create(IEnumerable<ServerSetting> settings)
    {
        var app = RlhfHost.CreateBuilder(settings).AddRlhf().Build();
        app.Lifetime.ApplicationStarted.Register(app.Services.GetRequiredService<QuietStart>().End);
        var process = app.Services.GetRequiredService<ProcessOptions>();
        if (process.HasFolder)
        {
            app.Services.GetRequiredService<DataFolder>(); // its lock comes before anything that would touch it
        }

        var isApi = process.Roles.HasFlag(ProcessRoles.Api);
        app.UsePageHeaders();
        app.UseRequestIds();
        app.UseErrors();
        app.UseHead();
        app.MapHealth();
        app.MapMetrics(keyed: isApi);
        if (isApi)
        {
            app.UseCrossOrigin();
            app.UseForeignPages();
            app.UseKeys();
            app.MapCaller();
            app.MapKeys();
            app.MapSettings();
            app.MapDescription();
            app.MapChat();
            app.MapConversations();
            app.MapUsers();
            app.MapModels();
            app.MapFeedback();
            app.MapFeedbackSearch();
            app.MapRatingQueue();
            app.MapComparisons();
            app.MapExport();
            app.MapSuggestions();
            app.MapTensorZero();
            app.MapLangfuse();
            app.MapLearner();
            app.MapVersions();
            app.MapManifests();
            app.MapRaters();
            app.MapGold();
            app.MapCohorts();
            app.MapSystemPrompt();
            app.MapWebhooks();
            app.MapOperatorsDashboard();
            app.MapConsole($"{RlhfHost.ProgramName}.staticwebassets.endpoints.json");
        }

        return app;
    }
}
