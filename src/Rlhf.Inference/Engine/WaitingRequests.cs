namespace Rlhf.Inference;

/// <summary>
/// Requests that wait for a place, in a line for each client. The next place goes to a client with the fewest running; among those to the one
/// who had none for longest. So one client's flood delays its own requests, not those of the others. Used under the engine's lock only.
/// </summary>
internal sealed class WaitingRequests
{
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private long _turn;

    /// <summary>Requests in all lines.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a request at the end of its client's line.</summary>
    public void Add(Sequence sequence)
    {
        if (!_lines.TryGetValue(sequence.Client, out Line? line))
            _lines.Add(sequence.Client, line = new Line { LastTurn = ++_turn });
        line.Waiting.AddLast(sequence);
        Count++;
    }

    /// <summary>Gives the next place away, or returns null when nobody waits.</summary>
    public Sequence? Take()
    {
        Line? next = null;
        foreach (Line line in _lines.Values)
        {
            if (line.Waiting.Count > 0 && (next is null || (line.Running, line.LastTurn).CompareTo((next.Running, next.LastTurn)) < 0))
                next = line;
        }

        if (next is null)
            return null;
        Sequence sequence = next.Waiting.First!.Value;
        next.Waiting.RemoveFirst();
        next.Running++;
        next.LastTurn = ++_turn;
        Count--;
        return sequence;
    }

    /// <summary>Takes note that a request gave its place free.</summary>
    public void Released(Sequence sequence)
    {
        _lines[sequence.Client].Running--;
        Forget(sequence.Client);
    }

    /// <summary>Takes a request out of its line; false where it does not wait.</summary>
    public bool Remove(Sequence sequence)
    {
        if (!_lines.TryGetValue(sequence.Client, out Line? line) || !line.Waiting.Remove(sequence))
            return false;
        Count--;
        Forget(sequence.Client);
        return true;
    }

    /// <summary>
    /// Who has to leave so that a client's request may wait: the last of the longest line, or null when that line would then not be longer
    /// than the client's own.
    /// </summary>
    public Sequence? LastOfALongerLine(string client)
    {
        Line? longest = _lines.Values.MaxBy(line => line.Waiting.Count);
        int own = _lines.TryGetValue(client, out Line? line) ? line.Waiting.Count : 0;
        return longest is not null && longest.Waiting.Count > own + 1 ? longest.Waiting.Last!.Value : null;
    }

    /// <summary>Empties all lines.</summary>
    public IReadOnlyList<Sequence> TakeAll()
    {
        Sequence[] all = [.. _lines.Values.SelectMany(line => line.Waiting)];
        foreach (Sequence sequence in all)
            Remove(sequence);
        return all;
    }

    private void Forget(string client)
    {
        if (_lines[client] is { Running: 0, Waiting.Count: 0 })
            _lines.Remove(client);
    }

    private sealed class Line
    {
        public LinkedList<Sequence> Waiting { get; } = [];

        public int Running { get; set; }

        public long LastTurn { get; set; }
    }
}
