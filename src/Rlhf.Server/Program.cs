using Rlhf.Server.Hosting;
using Rlhf.Server.Keys.Command;

if (args is ["keys", .. var words])
{
    return await KeysCommand.RunAsync(words, Console.Out, Console.Error, TimeProvider.System);
}

return await ServerRun.RunAsync(args, Console.Error);
