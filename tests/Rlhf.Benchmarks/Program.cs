using Rlhf.Benchmarks;

switch (args)
{
    case ["decode", .. string[] rest]:
        return await Decode.RunAsync(rest);
    default:
        Console.Error.WriteLine("Name a benchmark: decode [--json FILE].");
        return 2;
}
