using System.Globalization;
using Rlhf.Storage.Tests;

// The process that CrashTests kills: it stores without end and prints what was acknowledged, a line each.
var (folder, run) = (args[0], args[1]);
using var store = new Store(folder);
var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });

await Task.WhenAll(
[
    .. Enumerable.Range(0, 4).Select(worker => Repeat(async i =>
    {
        var id = $"{run}-single{worker}-{i}";
        await store.Ledger.AppendAsync(Samples.Thumbs(id));
        output.WriteLine($"event {id}");
    })),
    Repeat(async i =>
    {
        var batch = Samples.Many(20, $"{run}-batch{i}-");
        await store.Ledger.AppendAsync(batch);
        foreach (var feedback in batch)
        {
            output.WriteLine($"event {feedback.Id}");
        }
    }),
    Repeat(async i =>
    {
        await store.Turns.AppendAsync(Samples.Turn(run, i));
        output.WriteLine($"turn {i}");
    }),
    Repeat(async i =>
    {
        await store.Adapters.SaveAsync(run, BitConverter.GetBytes(i));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"adapter {i}"));
    }),
]);

static Task Repeat(Func<int, Task> store) => Task.Run(async () =>
{
    for (var i = 1; ; i++)
    {
        await store(i);
    }
});
