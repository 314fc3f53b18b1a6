using Rlhf.Server.Backups;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys.Command;
using Rlhf.Server.Reproduce;
using Rlhf.Server.Verify;

return args switch
{
    ["keys", .. var words] => await KeysCommand.RunAsync(words, Console.Out, Console.Error, TimeProvider.System),
    ["verify", .. var words] => await VerifyCommand.RunAsync(words, Console.Out, Console.Error),
    ["backup", .. var words] => await BackupCommand.BackUpAsync(words, Console.Out, Console.Error),
    ["restore", .. var words] => await BackupCommand.RestoreAsync(words, Console.Out, Console.Error),
    ["reproduce", .. var words] => await ReproduceCommand.RunAsync(words, Console.Out, Console.Error),
    _ => await RunCommand.RunAsync(args, Console.Out, Console.Error),
};
