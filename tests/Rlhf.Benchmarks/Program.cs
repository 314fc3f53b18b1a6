using Rlhf.Benchmarks;

switch (args)
{
    case ["decode", .. string[] rest]:
        return await Decode.RunAsync(rest);
    case ["feedback", .. string[] rest]:
        return await Feedback.RunAsync(rest);
    default:
        Console.Error.WriteLine("Name a benchmark: decode [--json FILE] or feedback [--json FILE].");
        return 2;
}
