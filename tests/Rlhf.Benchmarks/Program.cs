using Rlhf.Benchmarks;
using Rlhf.Benchmarks.Cluster;
using Rlhf.Benchmarks.Crash;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Benchmarks.Feedback;
using Rlhf.Benchmarks.Serving;
using Rlhf.Benchmarks.Training;

var benchmarks = new Dictionary<string, (string Usage, Func<string[], Task<int>> RunAsync)>
{
    ["decode"] = (DecodeArguments.Usage, Decode.RunAsync),
    ["quality"] = (Quality.Usage, Quality.RunAsync),
    ["serve"] = (Serve.Usage, Serve.RunAsync),
    ["train"] = (TrainArguments.Usage, Train.RunAsync),
    ["feedback"] = (FeedbackArguments.Usage, FeedbackBench.RunAsync),
    ["calls"] = (GrainCalls.Usage, GrainCalls.RunAsync),
    ["crash"] = (CrashArguments.Usage, CrashBench.RunAsync),
    ["cluster"] = (ClusterArguments.Usage, ClusterBench.RunAsync),
};
var usage = string.Join('\n', benchmarks.Values.Select(benchmark => benchmark.Usage));
switch (args)
{
    case ["-h" or "--help", ..]:
        Console.WriteLine(usage);
        return 0;
    case [var name, .. var rest] when benchmarks.TryGetValue(name, out var benchmark):
        if (rest.Any(word => word is "-h" or "--help"))
        {
            Console.WriteLine(benchmark.Usage);
            return 0;
        }

        return await benchmark.RunAsync(rest);
    default:
        Console.Error.WriteLine($"Name a benchmark:\n{usage}");
        return 2;
}
