using Rlhf.Benchmarks;
using Rlhf.Benchmarks.Decoding;

switch (args)
{
    case ["decode", .. string[] rest]:
        return await Decode.RunAsync(rest);
    case ["feedback", .. string[] rest]:
        return await Feedback.RunAsync(rest);
    case ["calls", .. string[] rest]:
        return await GrainCalls.RunAsync(rest);
    default:
        Console.Error.WriteLine("Name a benchmark: decode, feedback or calls [--json FILE].");
        return 2;
}
