using Rlhf.Benchmarks;
using Rlhf.Benchmarks.Crash;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Benchmarks.Feedback;
using Rlhf.Benchmarks.Serving;
using Rlhf.Benchmarks.Training;

switch (args)
{
    case ["decode", .. string[] rest]:
        return await Decode.RunAsync(rest);
    case ["feedback", .. string[] rest]:
        return await FeedbackBench.RunAsync(rest);
    case ["crash", .. string[] rest]:
        return await CrashBench.RunAsync(rest);
    case ["calls", .. string[] rest]:
        return await GrainCalls.RunAsync(rest);
    case ["serve", .. string[] rest]:
        return await Serve.RunAsync(rest);
    case ["quality", .. string[] rest]:
        return await Quality.RunAsync(rest);
    case ["train", .. string[] rest]:
        return await Train.RunAsync(rest);
    default:
        Console.Error.WriteLine("Name a benchmark: decode, quality, train, feedback, crash, calls or serve [--json FILE].");
        return 2;
}
