namespace Rlhf.Inference;

/// <summary>
/// A set of byte strings as a regular expression, and so the state of an automaton: what may still come. A byte leads to its derivative.
/// Equal ones are the same object, made by one <see cref="Grammar"/>; recursion and nesting are calls that unfold where they are reached.
/// </summary>
/// <param name="nullable">Whether nothing has to come any more.</param>
/// <param name="need">The fewest bytes that have to come.</param>
internal abstract class Node(bool nullable, int need)
{
    /// <summary>More bytes than any reply has.</summary>
    public const int Endless = 1 << 28;

    private static int _made;

    /// <summary>No string at all.</summary>
    public static Node Nothing { get; } = new Void();

    /// <summary>The empty string alone: all is said.</summary>
    public static Node End { get; } = new Empty();

    public int Id { get; } = Interlocked.Increment(ref _made);

    public bool Nullable => nullable;

    public int Need { get; } = Math.Min(need, Endless);

    /// <summary>What may come after a byte; <see cref="Nothing"/> where that byte may not come.</summary>
    public abstract Node Step(byte value);

    /// <summary>What may come after a special token, which has no bytes; <see cref="Nothing"/> where that token may not come.</summary>
    public virtual Node StepSpecial(int id) => Nothing;

    private sealed class Void() : Node(nullable: false, Endless)
    {
        public override Node Step(byte value) => this;
    }

    private sealed class Empty() : Node(nullable: true, need: 0)
    {
        public override Node Step(byte value) => Nothing;
    }
}

/// <summary>One byte of a set.</summary>
internal sealed class BytesNode(ByteSet set) : Node(nullable: false, need: 1)
{
    public ByteSet Set => set;

    public override Node Step(byte value) => set.Contains(value) ? End : Nothing;
}

/// <summary>One after the other; the head is neither a sequence nor a choice, so that the tail is what a stack holds.</summary>
internal sealed class SequenceNode(Grammar grammar, Node head, Node tail) : Node(head.Nullable && tail.Nullable, head.Need + tail.Need)
{
    public Node Head => head;

    public Node Tail => tail;

    public override Node Step(byte value)
    {
        Node within = grammar.Sequence(head.Step(value), tail);
        return head.Nullable ? grammar.Choice(within, tail.Step(value)) : within;
    }

    public override Node StepSpecial(int id)
    {
        Node within = grammar.Sequence(head.StepSpecial(id), tail);
        return head.Nullable ? grammar.Choice(within, tail.StepSpecial(id)) : within;
    }
}

/// <summary>Any of several.</summary>
internal sealed class ChoiceNode(Grammar grammar, Node[] options) : Node(options.Any(option => option.Nullable), options.Min(option => option.Need))
{
    public Node[] Options => options;

    public override Node Step(byte value)
    {
        var next = new Node[options.Length];
        for (int i = 0; i < next.Length; i++)
            next[i] = options[i].Step(value);
        return grammar.Choice(next);
    }

    public override Node StepSpecial(int id) => grammar.Choice(Array.ConvertAll(options, option => option.StepSpecial(id)));
}

/// <summary>The same several times.</summary>
internal sealed class RepeatNode(Grammar grammar, Node inner, int least, int most) : Node(least == 0, (int)Math.Min((long)least * inner.Need, Endless))
{
    public Node Inner => inner;

    public int Least => least;

    /// <summary><see cref="int.MaxValue"/> for no limit.</summary>
    public int Most => most;

    public override Node Step(byte value)
    {
        Node within = inner.Step(value);
        return within == Nothing ? Nothing : grammar.Sequence(within, grammar.Repeat(inner, Math.Max(0, least - 1), most == int.MaxValue ? most : most - 1));
    }
}

/// <summary>What is in both; only to be unfolded by <see cref="Grammar.Automaton"/>, since it may have no string without showing it.</summary>
internal sealed class BothNode(Grammar grammar, Node left, Node right) : Node(left.Nullable && right.Nullable, Math.Max(left.Need, right.Need))
{
    public Node Left => left;

    public Node Right => right;

    public override Node Step(byte value) => grammar.Both(left.Step(value), right.Step(value));
}

/// <summary>A state of an automaton that was worked out as a whole.</summary>
internal sealed class StateNode(bool accepts, int need, byte[] classes) : Node(accepts, need)
{
    /// <summary>The next state for each class of bytes.</summary>
    public Node[] Next { get; set; } = [];

    public override Node Step(byte value) => Next[classes[value]];
}

/// <summary>
/// A string, a number: a part that stands for itself whatever surrounds it, so that what is known of it serves in every place. Its steps are kept.
/// </summary>
internal sealed class LexemeNode(Grammar grammar, Node inner) : Node(inner.Nullable, inner.Need)
{
    private readonly Node?[]?[] _steps = new Node?[16][];

    public Node Inner => inner;

    public override Node Step(byte value)
    {
        Node?[] page = _steps[value >> 4] ??= new Node?[16];
        return page[value & 15] ??= grammar.Lexeme(inner.Step(value));
    }
}

/// <summary>A value, or the rest of an object or array, at some depth: unfolded when it is reached.</summary>
internal sealed class CallNode(Grammar grammar, Shape shape, int depth, int place) : Node(nullable: false, shape.NeedAt(place))
{
    private Node? _unfolded;

    /// <summary>What it stands for.</summary>
    public Node Unfolded => _unfolded ??= shape.Unfold(grammar, depth, place);

    public override Node Step(byte value) => Unfolded.Step(value);

    public override Node StepSpecial(int id) => Unfolded.StepSpecial(id);
}

/// <summary>A special token.</summary>
internal sealed class SpecialNode(int id) : Node(nullable: false, need: 1)
{
    public int TokenId => id;

    public override Node Step(byte value) => Nothing;

    public override Node StepSpecial(int other) => other == id ? End : Nothing;
}

/// <summary>Any text and any token; where there is a marker, until that comes.</summary>
/// <param name="markerId">The special token with which something begins that is held to a form; null where nothing does.</param>
/// <param name="after">What comes after it.</param>
internal sealed class FreeNode(int? markerId = null, Node? after = null) : Node(nullable: true, need: 0)
{
    public int? MarkerId => markerId;

    public Node After => after ?? Nothing;

    public override Node Step(byte value) => this;

    public override Node StepSpecial(int id) => id == markerId ? After : this;
}

/// <summary>Any text and any token until a marker appears in the text. A state for each of the marker's bytes that the text ends in.</summary>
internal sealed class UntilMarkerNode : Node
{
    private readonly byte[] _marker;
    private readonly Node _after;
    private readonly Node _otherwise;
    private readonly int _matched;
    private readonly UntilMarkerNode[] _states;

    private UntilMarkerNode(byte[] marker, Node after, Node? otherwise, int matched, UntilMarkerNode[] states)
        : base(nullable: true, need: 0) => (_marker, _after, _otherwise, _matched, _states) = (marker, after, otherwise ?? Nothing, matched, states);

    /// <summary>The state of an empty text.</summary>
    /// <param name="marker">The marker.</param>
    /// <param name="after">What comes after it.</param>
    /// <param name="otherwise">What comes after a text that does not begin with it; null where it may begin anywhere.</param>
    public static Node Start(byte[] marker, Node after, Node? otherwise)
    {
        var states = new UntilMarkerNode[marker.Length];
        for (int matched = 0; matched < states.Length; matched++)
            states[matched] = new UntilMarkerNode(marker, after, otherwise, matched, states);
        return states[0];
    }

    public override Node Step(byte value)
    {
        if (_marker[_matched] == value)
            return _matched + 1 == _marker.Length ? _after : _states[_matched + 1];
        return _otherwise != Nothing ? _otherwise : _states[LongestStart(value)];
    }

    // A special token is no text: what is behind it begins anew.
    public override Node StepSpecial(int id) => _states[0];

    // The longest start of the marker that the text ends in, this byte among it.
    private int LongestStart(byte value)
    {
        for (int length = _matched; length > 0; length--)
        {
            if (_marker[length - 1] == value && _marker.AsSpan(0, length - 1).SequenceEqual(_marker.AsSpan(_matched - length + 1, length - 1)))
                return length;
        }

        return 0;
    }
}
