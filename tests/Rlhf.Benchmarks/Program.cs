using System.CommandLine;
using System.Globalization;
using Rlhf.Benchmarks;
using Rlhf.Benchmarks.Cluster;
using Rlhf.Benchmarks.Crash;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Benchmarks.Feedback;
using Rlhf.Benchmarks.Fuzzing;
using Rlhf.Benchmarks.Schemas;
using Rlhf.Benchmarks.Serving;
using Rlhf.Benchmarks.Training;

// Before all else: nothing of ours may touch libtorch in the process that is compared with us.
if (args is [PlainTorch.Verb, var threads])
    return PlainTorch.Serve(int.Parse(threads, CultureInfo.InvariantCulture));

var bench = new Command("bench", "Measures on this machine.")
{
    DecodeArguments.Command(Decode.RunAsync),
    Quality.Command(),
    SchemaBench.Command(),
    Serve.Command(),
    TrainArguments.Command(Train.RunAsync),
    FeedbackArguments.Command(FeedbackBench.RunAsync),
    LedgerBench.Command(),
    GrainCalls.Command(),
    CrashArguments.Command(CrashBench.RunAsync),
    ClusterArguments.Command(ClusterBench.RunAsync),
    FuzzArguments.Command(FuzzBench.RunAsync),
};
return await CommandLine.RunAsync(CommandLine.FrontDoor(bench), [bench.Name, .. args], Console.Error);
