using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// What a schema asks of a value, as far as JSON's nesting goes: strings and numbers are nodes. Shapes may hold themselves; their heights
/// and needs are settled together, by <see cref="Settle"/>.
/// </summary>
internal abstract class Shape
{
    /// <summary>The place of a value as a whole; the others are places within it.</summary>
    public const int Whole = -1;

    /// <summary>How deep objects and arrays may be within one another: whoever parses a reply has a limit, and others draw deeper than it is read.</summary>
    public const int DeepestNesting = 32;

    /// <summary>Objects and arrays within one another in the flattest value; <see cref="Node.Endless"/> where there is no value.</summary>
    public int Height { get; protected set; } = Node.Endless;

    /// <summary>Bytes of the shortest value.</summary>
    public int Need { get; protected set; } = Node.Endless;

    /// <summary>Whether there is a value of it at all.</summary>
    public bool IsPossible => Height <= DeepestNesting;

    /// <summary>What is to come from a place on.</summary>
    /// <param name="grammar">Makes nodes.</param>
    /// <param name="depth">Objects and arrays that are open around the value or the place.</param>
    /// <param name="place">The place; <see cref="Whole"/> for the value.</param>
    public abstract Node Unfold(Grammar grammar, int depth, int place);

    /// <summary>Whether a value has room at a depth; within one that was begun there is room.</summary>
    public bool FitsAt(int depth, int place) => place != Whole || depth + Height <= DeepestNesting;

    /// <summary>The fewest bytes from a place on.</summary>
    public virtual int NeedAt(int place) => Need;

    /// <summary>Settles heights and needs of shapes that may hold each other: the least that agree.</summary>
    public static void Settle(IReadOnlyList<Shape> shapes)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = shapes.Count - 1; i >= 0; i--)
            {
                (int height, int need) = (shapes[i].Height, shapes[i].Need);
                shapes[i].Update();
                changed |= (height, need) != (shapes[i].Height, shapes[i].Need);
            }
        }
    }

    /// <summary>Works out height and need from those of the parts.</summary>
    protected abstract void Update();

    protected static int Sum(int a, int b) => Math.Min(a + b, Node.Endless);

    // Compact, or with one space: a weak model would fill its reply with blanks.
    protected static Node Comma(Grammar grammar, Node then) => grammar.Sequence(grammar.Byte(','), grammar.Optional(grammar.Byte(' ')), then);
}

/// <summary>A string, a number or one of some literals.</summary>
internal sealed class TextShape(Node node) : Shape
{
    public override Node Unfold(Grammar grammar, int depth, int place) => node;

    protected override void Update() => (Height, Need) = node == Node.Nothing ? (Node.Endless, Node.Endless) : (0, node.Need);
}

/// <summary>A constant that nests: it counts as deep as it is.</summary>
internal sealed class ConstantShape(Node node, int height) : Shape
{
    public override Node Unfold(Grammar grammar, int depth, int place) => node;

    protected override void Update() => (Height, Need) = (height, node.Need);
}

/// <summary>Any of several shapes; a reference is a choice of one.</summary>
internal sealed class ChoiceShape : Shape
{
    public List<Shape> Options { get; } = [];

    public override Node Unfold(Grammar grammar, int depth, int place)
    {
        var options = new HashSet<Shape>();
        Gather(this, options);
        return grammar.Choice([.. options.Where(option => option is not ChoiceShape).Select(option => grammar.Call(option, depth))]);
    }

    protected override void Update() =>
        (Height, Need) = (Options.Select(option => option.Height).DefaultIfEmpty(Node.Endless).Min(), Options.Select(option => option.Need).DefaultIfEmpty(Node.Endless).Min());

    // Each option once, by however many ways it is reached.
    private static void Gather(ChoiceShape choice, HashSet<Shape> found)
    {
        foreach (Shape option in choice.Options)
        {
            if (found.Add(option) && option is ChoiceShape inner)
                Gather(inner, found);
        }
    }
}

/// <summary>An object: its properties in their order, then others where there may be any.</summary>
internal sealed class ObjectShape : Shape
{
    private readonly List<Property> _properties = [];
    private int[] _needs = [];

    /// <summary>What other properties may be; null for none.</summary>
    public Shape? Additional { get; set; }

    /// <summary>The names of other properties, with quotation marks.</summary>
    public Node AdditionalName { get; set; } = Node.Nothing;

    /// <summary>Adds a property.</summary>
    /// <param name="name">Its name as JSON has it, with quotation marks.</param>
    /// <param name="value">Its value.</param>
    /// <param name="required">Whether it has to be there.</param>
    public void Add(string name, Shape value, bool required) => _properties.Add(new Property(Encoding.UTF8.GetBytes(name), value, required));

    // A place within: the next property that may come, twice, and one more where there is one before it.
    public override Node Unfold(Grammar grammar, int depth, int place)
    {
        if (place == Whole)
            return grammar.Sequence(grammar.Byte('{'), grammar.Call(this, depth + 1, 0));
        bool follows = (place & 1) != 0;
        var options = new List<Node>();
        for (int i = place >> 1; i < _properties.Count; i++)
        {
            Property property = _properties[i];
            options.Add(Member(grammar, depth, follows, grammar.Literal(property.Name, Node.End), property.Value, i + 1));
            if (property.Required)
                return grammar.Choice([.. options]);
        }

        options.Add(grammar.Byte('}'));
        if (Additional is not null)
            options.Add(Member(grammar, depth, follows, AdditionalName, Additional, _properties.Count));
        return grammar.Choice([.. options]);
    }

    public override int NeedAt(int place) => place == Whole ? Need : Math.Max(1, _needs[place >> 1] + ((place & 1) == 0 && _needs[place >> 1] > 1 ? -1 : 0));

    protected override void Update()
    {
        int height = 0;
        // From each property on: the closing brace, and a comma before each property that has to come.
        _needs = new int[_properties.Count + 1];
        _needs[^1] = 1;
        for (int i = _properties.Count - 1; i >= 0; i--)
        {
            Property property = _properties[i];
            _needs[i] = property.Required ? Sum(_needs[i + 1], Sum(property.Name.Length + 2, property.Value.Need)) : _needs[i + 1];
            height = property.Required ? Math.Max(height, property.Value.Height) : height;
        }

        Height = Sum(height, 1);
        Need = Height >= Node.Endless ? Node.Endless : Sum(1, NeedAt(0));
    }

    private Node Member(Grammar grammar, int depth, bool follows, Node name, Shape value, int next)
    {
        Node rest = grammar.Sequence(grammar.Call(value, depth), grammar.Call(this, depth, (2 * next) + 1));
        Node member = grammar.Sequence(name, grammar.Byte(':'), grammar.Sequence(grammar.Optional(grammar.Byte(' ')), rest));
        return follows ? Comma(grammar, member) : member;
    }

    private sealed record Property(byte[] Name, Shape Value, bool Required);
}

/// <summary>An array.</summary>
/// <param name="prefix">The shapes of the first elements.</param>
/// <param name="least">The fewest elements.</param>
/// <param name="most">The most elements; <see cref="int.MaxValue"/> for no limit.</param>
internal sealed class ArrayShape(IReadOnlyList<Shape> prefix, int least, int most) : Shape
{
    /// <summary>The shape of the elements behind the first ones; null for none.</summary>
    public Shape? Items { get; set; }

    // A place within: how many elements were written.
    public override Node Unfold(Grammar grammar, int depth, int place)
    {
        if (place == Whole)
            return grammar.Sequence(grammar.Byte('['), grammar.Call(this, depth + 1, 0));
        Node element = place < most && ElementAt(place) is { } shape
            ? grammar.Sequence(grammar.Call(shape, depth), grammar.Call(this, depth, Next(place)))
            : Node.Nothing;
        return grammar.Choice(
            place >= least ? grammar.Byte(']') : Node.Nothing,
            place == 0 ? element : Comma(grammar, element));
    }

    public override int NeedAt(int place) => place == Whole ? Need : Sum(1, Elements(Math.Max(0, place), commas: place > 0 ? 0 : -1));

    protected override void Update()
    {
        int height = 0;
        for (int i = 0; i < Math.Min(least, prefix.Count + 1); i++)
            height = Math.Max(height, ElementAt(i)?.Height ?? Node.Endless);
        Height = least > most ? Node.Endless : Sum(height, 1);
        Need = Height >= Node.Endless ? Node.Endless : Sum(1, NeedAt(0));
    }

    private Shape? ElementAt(int index) => index < prefix.Count ? prefix[index] : Items;

    // Where nothing counts any more, one place is as good as the next.
    private int Next(int place) => most == int.MaxValue ? Math.Min(place + 1, Math.Max(1, Math.Max(prefix.Count, least))) : place + 1;

    // Those that have to come yet, each with a comma before it.
    private int Elements(int from, int commas)
    {
        if (from >= least)
            return 0;
        long sum = commas;
        for (int i = from; i < Math.Min(least, prefix.Count); i++)
            sum += 1 + prefix[i].Need;
        long others = least - Math.Max(from, prefix.Count);
        if (others > 0)
            sum += others * (1L + (Items?.Need ?? Node.Endless));
        return (int)Math.Min(sum, Node.Endless);
    }
}
