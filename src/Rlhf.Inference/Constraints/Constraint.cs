using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Rlhf.Inference;

/// <summary>
/// A format for one vocabulary: which tokens may come in each of its states. Masks are kept. What a string's or number's own tokens are is
/// worked out once wherever it stands; only tokens that go beyond its end are looked at anew for each surrounding. Safe for concurrent use.
/// </summary>
internal sealed class Constraint
{
    private const long MostBytes = 16 * 1024 * 1024;

    private readonly ReplyFormat _format;
    private readonly TokenTrie _trie;
    private readonly ConcurrentDictionary<Node, Mask> _masks = new();
    private readonly ConcurrentDictionary<LexemeNode, Inside> _inside = new();
    private readonly ConcurrentDictionary<Node, (Node Node, int Missing)> _capped = new();
    private long _bytes;

    public Constraint(ReplyFormat format, TokenTrie trie)
    {
        (_format, _trie) = (format, trie);
        Grammar grammar = format.Grammar;
        Start = trie.DropsLeadingBlank ? grammar.Sequence(grammar.Optional(grammar.Byte(' ')), format.Start) : format.Start;
    }

    /// <summary>Where a reply starts.</summary>
    public Node Start { get; }

    public TokenTrie Trie => _trie;

    /// <summary>A bit for each token that may come, the end among them where nothing is missing.</summary>
    /// <param name="state">What may come.</param>
    /// <param name="left">How many tokens may come: of those whose rest would not fit none is allowed, unless none fits.</param>
    /// <exception cref="InvalidOperationException">The vocabulary has no token that goes on.</exception>
    public ulong[] Allowed(Node state, int left)
    {
        if (!_masks.TryGetValue(state, out Mask? mask))
            mask = Keep(state);
        if (mask.MostNeed < left)
            return mask.Bits;
        var fitting = new ulong[_trie.Words];
        Fill(state, left - 1, fitting);
        return fitting.AsSpan().ContainsAnyExcept(0UL) ? fitting : mask.Bits;
    }

    private Mask Keep(Node state)
    {
        var bits = new ulong[_trie.Words];
        int need = Fill(state, Node.Endless, bits);
        if (!bits.AsSpan().ContainsAnyExcept(0UL))
            throw new InvalidOperationException("The vocabulary has no token that goes on with what the response format asks for.");
        Charge(bits.Length);
        return _masks.GetOrAdd(state, new Mask(bits, need));
    }

    private void Charge(int words)
    {
        if (Interlocked.Add(ref _bytes, sizeof(ulong) * (long)words) <= MostBytes)
            return;
        _masks.Clear();
        _inside.Clear();
        _capped.Clear();
        _bytes = 0;
    }

    // Sets the bits of tokens after which at most so many bytes are missing; gives the most that any of them leaves missing.
    private int Fill(Node state, int budget, ulong[] bits)
    {
        if (state.Nullable)
        {
            foreach (int end in _trie.EndIds)
                Set(bits, end);
        }

        return state switch
        {
            ChoiceNode choice => choice.Options.Max(option => Fill(option, budget, bits)),
            LexemeNode lexeme => FillLexeme(lexeme, Node.End, budget, bits),
            SequenceNode { Head: LexemeNode lexeme, Tail: var tail } => FillLexeme(lexeme, tail, budget, bits),
            CallNode call => Fill(call.Unfolded, budget, bits),
            SequenceNode { Head: CallNode call, Tail: var tail } => Fill(_format.Grammar.Sequence(call.Unfolded, tail), budget, bits),
            SpecialNode special => FillSpecial(special, Node.End, budget, bits),
            SequenceNode { Head: SpecialNode special, Tail: var tail } => FillSpecial(special, tail, budget, bits),
            FreeNode or UntilMarkerNode => FillFree(state, budget, bits),
            _ => Walk(state, _trie.Root, budget, bits),
        };
    }

    private static int FillSpecial(SpecialNode special, Node tail, int budget, ulong[] bits)
    {
        if (tail.Need <= budget)
            Set(bits, special.TokenId);
        return tail.Need;
    }

    private int FillFree(Node state, int budget, ulong[] bits)
    {
        int most = Walk(state, _trie.Root, budget, bits);
        for (int i = 0; i < bits.Length; i++)
            bits[i] |= _trie.Special[i];
        if (state is not FreeNode { MarkerId: { } marker, After: var after })
            return most;
        if (after.Need > budget)
            bits[marker >> 6] &= ~(1UL << (marker & 63));
        return Math.Max(most, after.Need);
    }

    private static int Walk(Node state, TrieNode at, int budget, ulong[] bits)
    {
        int most = 0;
        foreach (TrieNode child in at.Children)
        {
            Node next = state.Step(child.Value);
            if (next == Node.Nothing)
                continue;
            if (child.Ids.Length > 0)
            {
                most = Math.Max(most, next.Need);
                if (next.Need <= budget)
                    Set(bits, child.Ids);
            }

            most = Math.Max(most, Walk(next, child, budget, bits));
        }

        return most;
    }

    private int FillLexeme(LexemeNode lexeme, Node tail, int budget, ulong[] bits)
    {
        LexemeNode capped = Capped(lexeme, out int missing);
        Inside inside = _inside.GetOrAdd(capped, WalkInside);
        int most = 0;
        foreach ((int need, ulong[] tokens) in inside.Tokens)
        {
            int all = Math.Min(need + missing + tail.Need, Node.Endless);
            most = Math.Max(most, all);
            for (int i = 0; i < bits.Length && all <= budget; i++)
                bits[i] |= tokens[i];
        }

        foreach (TrieNode exit in inside.Exits)
            most = Math.Max(most, Walk(tail, exit, budget, bits));
        return lexeme.Nullable && tail != Node.End ? Math.Max(most, Fill(tail, budget, bits)) : most;
    }

    private Inside WalkInside(LexemeNode lexeme)
    {
        var tokens = new SortedDictionary<int, ulong[]>();
        var exits = new List<TrieNode>();
        Visit(lexeme, _trie.Root);
        Charge((tokens.Count * _trie.Words) + exits.Count);
        return new Inside([.. tokens.Select(level => (level.Key, level.Value))], [.. exits]);

        void Visit(Node state, TrieNode at)
        {
            foreach (TrieNode child in at.Children)
            {
                Node next = state.Step(child.Value);
                if (next == Node.Nothing)
                    continue;
                if (child.Ids.Length > 0)
                {
                    if (!tokens.TryGetValue(next.Need, out ulong[]? level))
                        tokens.Add(next.Need, level = new ulong[_trie.Words]);
                    Set(level, child.Ids);
                }

                if (next.Nullable && child.Children.Length > 0)
                    exits.Add(child);
                Visit(next, child);
            }
        }
    }

    // What a counter says beyond the longest token makes no difference to any token: such states share what is known of them.
    private LexemeNode Capped(LexemeNode lexeme, out int missing)
    {
        (Node capped, missing) = Cap(lexeme.Inner);
        return capped == lexeme.Inner ? lexeme : (LexemeNode)_format.Grammar.Lexeme(capped);
    }

    private (Node Node, int Missing) Cap(Node node) => node switch
    {
        RepeatNode or SequenceNode or ChoiceNode => _capped.GetOrAdd(node, node => node switch
        {
            RepeatNode repeat => Cap(repeat),
            SequenceNode sequence => Cap(sequence),
            _ => Cap((ChoiceNode)node),
        }),
        _ => (node, 0),
    };

    private (Node Node, int Missing) Cap(RepeatNode repeat)
    {
        int limit = _trie.Longest + 1;
        int least = Math.Min(repeat.Least, limit);
        int most = repeat.Most == int.MaxValue ? repeat.Most : Math.Min(repeat.Most, limit);
        return (_format.Grammar.Repeat(repeat.Inner, least, most), (int)Math.Min((long)(repeat.Least - least) * repeat.Inner.Need, Node.Endless));
    }

    private (Node Node, int Missing) Cap(SequenceNode sequence)
    {
        (Node head, int inHead) = Cap(sequence.Head);
        (Node tail, int inTail) = Cap(sequence.Tail);
        return (_format.Grammar.Sequence(head, tail), inHead + inTail);
    }

    private (Node Node, int Missing) Cap(ChoiceNode choice)
    {
        (Node Node, int Missing)[] options = Array.ConvertAll(choice.Options, Cap);
        return Array.TrueForAll(options, option => option.Missing == options[0].Missing)
            ? (_format.Grammar.Choice(Array.ConvertAll(options, option => option.Node)), options[0].Missing)
            : (choice, 0);
    }

    private static void Set(ulong[] bits, int id) => bits[id >> 6] |= 1UL << (id & 63);

    private static void Set(ulong[] bits, int[] ids)
    {
        foreach (int id in ids)
            Set(bits, id);
    }

    /// <summary>The tokens of a state.</summary>
    /// <param name="Bits">A bit for each.</param>
    /// <param name="MostNeed">The most bytes that are missing after any of them.</param>
    private sealed record Mask(ulong[] Bits, int MostNeed);

    /// <summary>What is known of a lexeme by itself.</summary>
    /// <param name="Tokens">The tokens that stay within it, by how many bytes are missing after them.</param>
    /// <param name="Exits">Where tokens go on that end it.</param>
    private sealed record Inside((int Need, ulong[] Tokens)[] Tokens, TrieNode[] Exits);
}

/// <summary>The constraints of an engine's model: each is worked out once for a format, and goes with it.</summary>
internal sealed class Constraints(BaseModel model)
{
    private readonly Lazy<TokenTrie> _trie = new(() => new TokenTrie(model.Tokenizer, model.Config.VocabularySize, model.Config.EosTokenIds));
    private readonly ConditionalWeakTable<ReplyFormat, Constraint> _known = [];

    /// <summary>A reply that holds to a format.</summary>
    public ConstrainedReply Begin(ReplyFormat format) => new(_known.GetValue(format, format => new Constraint(format, _trie.Value)));
}

/// <summary>How far a reply has come in its format.</summary>
internal sealed class ConstrainedReply(Constraint constraint)
{
    private Node _state = constraint.Start;

    /// <summary>Whether nothing may come any more.</summary>
    public bool IsComplete => _state == Node.End;

    /// <summary>The tokens that may come, a bit for each.</summary>
    /// <param name="left">How many tokens may come in all.</param>
    public ulong[] Allowed(int left) => constraint.Allowed(_state, left);

    /// <summary>Takes a token that was allowed.</summary>
    public void Accept(int id)
    {
        if (constraint.Trie.EndIds.Contains(id))
            return;
        if (constraint.Trie.IsSpecial(id))
        {
            _state = _state.StepSpecial(id);
            return;
        }

        foreach (byte value in constraint.Trie.Bytes(id))
            _state = _state.Step(value);
    }
}
