using System.Collections.Concurrent;

namespace Rlhf.Benchmarks.Crash;

/// <summary>Something that must not be.</summary>
/// <param name="Round">When it was found.</param>
/// <param name="Seed">What that round's random choices came from.</param>
/// <param name="What">What was found.</param>
internal sealed record Violation(int Round, int Seed, string What);

/// <summary>What was found so far; nothing counts after an interruption.</summary>
internal sealed class Violations(CrashArguments arguments, CancellationToken interrupted)
{
    private readonly ConcurrentQueue<Violation> _found = new();
    private readonly ConcurrentDictionary<string, bool> _told = new();

    public int Round { get; set; }

    public IReadOnlyCollection<Violation> Found => _found;

    /// <summary>Keeps what was found and shows it; what was found before is not told again.</summary>
    public void Add(string what)
    {
        if (!interrupted.IsCancellationRequested && _told.TryAdd(what, true))
        {
            _found.Enqueue(new Violation(Round, arguments.SeedOf(Round), what));
            ProgressLine.Hide();
            Console.WriteLine($"round {Round}, seed {arguments.SeedOf(Round)}: {what}");
        }
    }

    public void Require(bool holds, Func<string> otherwise)
    {
        if (!holds)
            Add(otherwise());
    }
}
