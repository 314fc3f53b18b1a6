using System.Collections.Concurrent;

namespace Rlhf.Inference;

/// <summary>Makes nodes, each once: equal states of an automaton are the same object. Safe for concurrent use.</summary>
internal sealed class Grammar
{
    // Alternatives beyond these are not drawn; where a schema is that ambiguous, what is left is enough to go on.
    private const int MostOptions = 2048;

    // Steps of one alternative by one class of bytes: a second at most for an automaton.
    private const long MostWork = 1_000_000;

    private readonly ConcurrentDictionary<ByteSet, Node> _bytes = new();
    private readonly ConcurrentDictionary<(Node, Node), Node> _sequences = new();
    private readonly ConcurrentDictionary<Node[], Node> _choices = new(SameNodes.Comparer);
    private readonly ConcurrentDictionary<(Node, int, int), Node> _repeats = new();
    private readonly ConcurrentDictionary<Node, Node> _lexemes = new();
    private readonly ConcurrentDictionary<(Node, Node), Node> _both = new();
    private readonly ConcurrentDictionary<(Shape, int, int), Node> _calls = new();
    private int _size;

    /// <summary>Nodes so far.</summary>
    public int Size => Volatile.Read(ref _size);

    public Node Bytes(ByteSet set) => set.IsEmpty ? Node.Nothing : Once(_bytes, set, static (_, set) => new BytesNode(set));

    public Node Byte(char ascii) => Bytes(ByteSet.Of((byte)ascii));

    /// <summary>These bytes, and what comes after them.</summary>
    public Node Literal(ReadOnlySpan<byte> text, Node then)
    {
        for (int i = text.Length - 1; i >= 0; i--)
            then = Sequence(Bytes(ByteSet.Of(text[i])), then);
        return then;
    }

    public Node Sequence(Node head, Node tail)
    {
        if (head == Node.Nothing || tail == Node.Nothing)
            return Node.Nothing;
        if (head == Node.End)
            return tail;
        if (tail == Node.End)
            return head;
        return Once(_sequences, (head, tail), static (grammar, key) => key.Item1 switch
        {
            SequenceNode first => grammar.Append(first, key.Item2),
            ChoiceNode choice => grammar.Choice(Array.ConvertAll(choice.Options, option => grammar.Sequence(option, key.Item2))),
            _ => new SequenceNode(grammar, key.Item1, key.Item2),
        });
    }

    public Node Sequence(Node first, Node second, Node third) => Sequence(first, Sequence(second, third));

    public Node Optional(Node node) => Choice(node, Node.End);

    public Node Choice(params Node[] options)
    {
        var kept = new List<Node>(options.Length);
        ByteSet single = default;
        foreach (Node option in options)
            Gather(option, kept, ref single);
        if (!single.IsEmpty)
            kept.Add(Bytes(single));
        if (kept.Count <= 1)
            return kept.Count == 0 ? Node.Nothing : kept[0];
        kept.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        Node[] distinct = [.. kept.Distinct().Take(MostOptions)];
        return distinct.Length == 1 ? distinct[0] : Once(_choices, distinct, static (grammar, key) => new ChoiceNode(grammar, key));
    }

    public Node Repeat(Node inner, int least, int most)
    {
        if (most == 0 || inner == Node.End)
            return Node.End;
        if (inner == Node.Nothing)
            return least == 0 ? Node.End : Node.Nothing;
        if (inner.Nullable)
            least = 0;
        return least == 1 && most == 1 ? inner : Once(_repeats, (inner, least, most), static (grammar, key) => new RepeatNode(grammar, key.Item1, key.Item2, key.Item3));
    }

    public Node Lexeme(Node inner) =>
        inner == Node.End || inner == Node.Nothing ? inner : Once(_lexemes, inner, static (grammar, key) => new LexemeNode(grammar, key));

    /// <summary>A value of a shape, within so many objects and arrays, or a place within such a value.</summary>
    public Node Call(Shape shape, int depth, int place = Shape.Whole) =>
        shape.FitsAt(depth, place) ? Once(_calls, (shape, depth, place), static (grammar, key) => new CallNode(grammar, key.Item1, key.Item2, key.Item3)) : Node.Nothing;

    public Node Both(Node left, Node right) =>
        left == Node.Nothing || right == Node.Nothing ? Node.Nothing : Once(_both, (left, right), static (grammar, key) => new BothNode(grammar, key.Item1, key.Item2));

    /// <summary>The same strings by an automaton that is worked out as a whole: its steps cost nothing, and no state is a dead end.</summary>
    /// <param name="start">The strings.</param>
    /// <param name="limit">The most states there may be.</param>
    /// <param name="states">How many there are.</param>
    /// <returns>Null where it takes more, or too much work.</returns>
    public Node? Automaton(Node start, int limit, out int states)
    {
        states = 0;
        if (start == Node.Nothing)
            return start;
        (byte[] classes, byte[] members) = Classes();
        var found = new Dictionary<Node, int> { [start] = 0 };
        var order = new List<Node> { start };
        var next = new List<Node[]>();
        long work = 0;
        for (int i = 0; i < order.Count; i++)
        {
            Node state = order[i];
            next.Add(Array.ConvertAll(members, state.Step));
            foreach (Node after in next[i])
            {
                if (after != Node.Nothing && found.TryAdd(after, order.Count))
                    order.Add(after);
            }

            states = order.Count;
            work += (long)members.Length * Width(state);
            if (states > limit || work > MostWork)
                return null;
        }

        int[] needs = Distances(order, next, found);
        var made = new Node[order.Count];
        for (int i = 0; i < made.Length; i++)
            made[i] = needs[i] == Node.Endless ? Node.Nothing : new StateNode(order[i].Nullable, needs[i], classes);
        for (int i = 0; i < made.Length; i++)
        {
            if (made[i] is StateNode state)
                state.Next = Array.ConvertAll(next[i], after => after == Node.Nothing ? after : made[found[after]]);
        }

        return made[0];
    }

    private static int Width(Node state) => state switch
    {
        ChoiceNode choice => choice.Options.Length,
        BothNode both => Width(both.Left) + Width(both.Right),
        _ => 1,
    };

    // A long one without recursion, which the stack might not hold.
    private Node Append(SequenceNode first, Node tail)
    {
        var heads = new List<Node>();
        Node at = first;
        for (; at is SequenceNode sequence; at = sequence.Tail)
            heads.Add(sequence.Head);
        Node whole = Sequence(at, tail);
        for (int i = heads.Count - 1; i >= 0; i--)
            whole = Sequence(heads[i], whole);
        return whole;
    }

    // The fewest bytes from each state to an accepting one.
    private static int[] Distances(List<Node> order, List<Node[]> next, Dictionary<Node, int> found)
    {
        var before = new List<int>[order.Count];
        for (int i = 0; i < before.Length; i++)
            before[i] = [];
        for (int i = 0; i < before.Length; i++)
        {
            foreach (Node after in next[i])
            {
                if (after != Node.Nothing)
                    before[found[after]].Add(i);
            }
        }

        var distances = new int[order.Count];
        var reached = new Queue<int>();
        for (int i = 0; i < distances.Length; i++)
        {
            distances[i] = order[i].Nullable ? 0 : Node.Endless;
            if (order[i].Nullable)
                reached.Enqueue(i);
        }

        while (reached.TryDequeue(out int at))
        {
            foreach (int earlier in before[at])
            {
                if (distances[earlier] != Node.Endless)
                    continue;
                distances[earlier] = distances[at] + 1;
                reached.Enqueue(earlier);
            }
        }

        return distances;
    }

    // Bytes that no set tells apart are one class; a member of each stands for it.
    private (byte[] Classes, byte[] Members) Classes()
    {
        ByteSet[] sets = [.. _bytes.Keys];
        var classes = new byte[256];
        var members = new List<byte>();
        for (int value = 0; value < 256; value++)
        {
            int same = members.FindIndex(member => Array.TrueForAll(sets, set => set.Contains(member) == set.Contains((byte)value)));
            if (same < 0)
            {
                same = members.Count;
                members.Add((byte)value);
            }

            classes[value] = (byte)same;
        }

        return (classes, [.. members]);
    }

    private static void Gather(Node option, List<Node> kept, ref ByteSet single)
    {
        if (option is ChoiceNode choice)
        {
            foreach (Node each in choice.Options)
                Gather(each, kept, ref single);
        }
        else if (option is BytesNode bytes)
        {
            single |= bytes.Set;
        }
        else if (option != Node.Nothing)
        {
            kept.Add(option);
        }
    }

    private Node Once<T>(ConcurrentDictionary<T, Node> nodes, T key, Func<Grammar, T, Node> make)
        where T : notnull
    {
        if (nodes.TryGetValue(key, out Node? known))
            return known;
        Interlocked.Increment(ref _size);
        return nodes.GetOrAdd(key, make(this, key));
    }

    private sealed class SameNodes : IEqualityComparer<Node[]>
    {
        public static SameNodes Comparer { get; } = new();

        public bool Equals(Node[]? a, Node[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(Node[] nodes)
        {
            var hash = new HashCode();
            foreach (Node node in nodes)
                hash.Add(node.Id);
            return hash.ToHashCode();
        }
    }
}
