using System.Collections.Concurrent;
using System.Globalization;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>Counts answers, and judges them.</summary>
internal sealed class FuzzTally(Func<string> log)
{
    /// <summary>Offending requests that are shown whole.</summary>
    private const int MostShown = 10;
    private const int LongestLog = 1500;
    private const int MostLooks = 200; // into the whole log
    private readonly ConcurrentDictionary<int, int> _statuses = new();
    private readonly ConcurrentDictionary<(string Operation, int Status), int> _undocumented = new();
    private readonly ConcurrentDictionary<string, int> _kinds = new();
    private int _done;
    private int _serverErrors;
    private int _hangs;

    public int Done => _done;

    public int ServerErrors => _serverErrors;

    public int Hangs => _hangs;

    /// <summary>The answers by status.</summary>
    public string Statuses => string.Join(", ", _statuses.OrderBy(status => status.Key).Select(status =>
        string.Create(CultureInfo.InvariantCulture, $"{(status.Key == 0 ? "left by the client" : $"{status.Key}")} {status.Value:N0}")));

    /// <summary>Refusals that the description does not tell of, each with the number of a request that shows it.</summary>
    public IEnumerable<string> Undocumented => _undocumented.OrderBy(one => one.Key.Operation, StringComparer.Ordinal).Select(one => $"{one.Key.Operation} {one.Key.Status} (request {one.Value})");

    /// <summary>Counts an answer. False when it should not have been.</summary>
    public bool Add(FuzzRequest request, FuzzAnswer answer)
    {
        Interlocked.Increment(ref _done);
        _statuses.AddOrUpdate(answer.Status ?? 0, 1, (_, count) => count + 1);
        if (answer.Status is >= 400 and < 500 and var status && request is { IsChanged: false, Operation: { } operation } && !operation.Statuses.Contains(status))
            _undocumented.TryAdd((operation.ToString(), status), request.Number);
        if (Fault(request, answer) is not { } fault)
            return true;
        _ = answer.Hung ? Interlocked.Increment(ref _hangs) : Interlocked.Increment(ref _serverErrors);
        Show(request, answer, fault);
        return false;
    }

    /// <summary>Counts a fault that no single request shows.</summary>
    public void Add(string fault)
    {
        Interlocked.Increment(ref _serverErrors);
        ProgressLine.Hide();
        Console.WriteLine(fault);
    }

    /// <summary>What is wrong with an answer; null for nothing.</summary>
    private static string? Fault(FuzzRequest request, FuzzAnswer answer) => answer switch
    {
        { Hung: true } => "hangs",
        { Status: null } => request.GoesAway ? null : "is not answered",
        { Status: >= 500 and var status } => request.Operation?.Statuses.Contains(status) is true && status is 503 or 507
            ? $"is answered with {status}, which is documented, but nothing is wrong with the store or with any part of the server"
            : $"is answered with {status}",
        _ => answer.Text.Contains("\"type\":\"server_error\"", StringComparison.Ordinal) ? "is streamed an error of the server's" : null,
    };

    /// <summary>The first of each kind is shown, so that one fault does not hide another.</summary>
    private void Show(FuzzRequest request, FuzzAnswer answer, string fault)
    {
        var logged = _serverErrors <= MostLooks ? Logged(request.Number) : "";
        if (_kinds.AddOrUpdate($"{request.Operation} {fault} {answer.Text.Split('\n')[0]} {logged.Split('\n').Skip(1).FirstOrDefault()}", 1, (_, count) => count + 1) > 1 || _kinds.Count > MostShown)
            return;
        ProgressLine.Hide();
        Console.WriteLine($"request {request.Number} {fault} (--only {request.Number} replays it)\n    {request}\n    answer: {answer.Text[..Math.Min(answer.Text.Length, LongestLog)]}{(logged.Length > 0 ? $"\n    log: {logged}" : "")}");
    }

    private string Logged(int number)
    {
        var all = log();
        var at = all.IndexOf($"(request fuzz-{number})", StringComparison.Ordinal);
        return at < 0 ? "" : all[at..Math.Min(all.Length, at + LongestLog)];
    }
}
