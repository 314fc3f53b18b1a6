using Rlhf.Server.Hosting;
using Rlhf.Server.Keys.Command;

if (args is ["keys", .. var words])
{
    return await KeysCommand.RunAsync(words, Console.Out, Console.Error, TimeProvider.System);
}

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
