namespace Rlhf.Inference;

/// <summary>SentencePiece's way: a blank is written as <c>▁</c>, one more stands in front, and a piece may begin at each.</summary>
internal sealed class Metaspace : PreTokenizer
{
    /// <summary>What stands for a blank.</summary>
    public const char Blank = '▁';

    private readonly string _prepend;
    private readonly bool _split;

    private Metaspace(string prepend, bool split)
    {
        _prepend = prepend;
        _split = split;
    }

    public static Metaspace Parse(JsonFields fields)
    {
        fields.Expect("replacement", Blank.ToString());
        // Older files say it with a flag.
        string prepend = fields.OptionalString("prepend_scheme") ?? (fields.OptionalBool("add_prefix_space") ?? true ? "always" : "never");
        if (prepend is not ("always" or "first" or "never"))
            throw fields.Wrong("prepend_scheme", "always, first or never");
        return new Metaspace(prepend, fields.OptionalBool("split") ?? true);
    }

    public override string Prepare(string text, bool first)
    {
        string marked = text.Replace(' ', Blank);
        bool prepends = _prepend == "always" || (_prepend == "first" && first);
        return prepends && marked.Length > 0 && marked[0] != Blank ? Blank + marked : marked;
    }

    public override void Split(string text, List<int> ends)
    {
        for (int at = 1; _split && at < text.Length; at++)
        {
            if (text[at] == Blank)
                ends.Add(at);
        }

        if (text.Length > 0)
            ends.Add(text.Length);
    }
}
