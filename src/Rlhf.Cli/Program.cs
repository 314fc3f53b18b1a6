using Rlhf.Cli;
using Rlhf.Cli.Clean;
using Rlhf.Cli.Evaluate;
using Rlhf.Cli.Export;
using Rlhf.Cli.Import;
using Rlhf.Cli.Output;
using Rlhf.Cli.Rebuild;
using Rlhf.Cli.Simulation;
using Rlhf.Cli.Train;

var screen = Screen.Standard();
var root = CommandLine.FrontDoor(SimulateCommand.Create(screen), ImportCommand.Create(screen), ExportCommand.Create(screen), EvaluateCommand.Create(screen), RebuildCommand.Create(screen), TrainCommand.Create(screen), CleanCommand.Create(screen));
return await CommandLine.RunAsync(root, args, Console.Error, patience: TimeSpan.FromSeconds(20));
