using System.CommandLine;
using System.CommandLine.Help;
using Rlhf.Cli;
using Rlhf.Cli.Evaluate;
using Rlhf.Cli.Import;
using Rlhf.Cli.Output;
using Rlhf.Cli.Simulation;
using Rlhf.Cli.Train;

var screen = Screen.Standard();
var root = new Command("./rlhf", "A chat backend that learns from its users while it serves them.")
{
    new HelpOption(),
    SimulateCommand.Create(screen),
    ImportCommand.Create(screen),
    EvaluateCommand.Create(screen),
    TrainCommand.Create(screen),
};
return await CommandLine.RunAsync(root, args, Console.Error);
