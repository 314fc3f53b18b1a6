using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Feedback;
using Rlhf.Server.Health;
using Rlhf.Server.Home;
using Rlhf.Server.Hosting;
using Rlhf.Server.Learner;
using Rlhf.Server.Models;
using Rlhf.Server.Versions;

try
{
    var builder = RlhfHost.CreateBuilder(args);
    builder.AddRlhf();

    await using var app = builder.Build();
    app.UseErrors();
    app.MapHome();
    app.MapChat();
    app.MapModels();
    app.MapFeedback();
    app.MapLearner();
    app.MapVersions();
    app.MapHealth();
    app.PrintBannerWhenReady();
    await app.RunAsync();
    return 0;
}
catch (Exception error) when (StartupError.Explain(error) is { } explanation)
{
    await Console.Error.WriteLineAsync(explanation);
    return 1;
}
