using Rlhf.Server.Hosting;
using Rlhf.Server.Keys.Command;

return args is ["keys", .. var words]
    ? await KeysCommand.RunAsync(words, Console.Out, Console.Error, TimeProvider.System)
    : await RunCommand.RunAsync(args, Console.Out, Console.Error);
