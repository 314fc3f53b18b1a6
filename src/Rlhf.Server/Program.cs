using Rlhf.Server.Hosting;

try
{
    await using var app = RlhfApp.Create(args);
    app.PrintBannerWhenReady();
    await app.RunAsync();
    return 0;
}
catch (Exception error) when (StartupError.Explain(error) is { } explanation)
{
    await Console.Error.WriteLineAsync(explanation);
    return 1;
}
