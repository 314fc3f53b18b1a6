using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// What a reply with tools may be: any text up to the family's marker, and from there on calls of these tools with arguments that hold to their schemas. Where
/// a call is required there is no text.
/// </summary>
internal static class ToolGrammar
{
    /// <summary>The format of replies; those asked for last are kept.</summary>
    /// <exception cref="SchemaException">The schema of a tool's arguments can't be drawn from; its path begins with the tool's place in the list.</exception>
    public static ReplyFormat Of(ToolFormat family, ToolUse use) =>
        ReplyFormat.Of($"{family}\0{use}", grammar => new Calls(grammar, family, use).Start());

    private sealed class Calls(Grammar grammar, ToolFormat family, ToolUse use)
    {
        public Node Start()
        {
            Node reply = Marked(family.Opening, One(Rest()));
            if (use.Required)
                return reply;
            return use.Otherwise is { } format ? grammar.Choice(reply, ReplyFormat.Read(grammar, format)) : Free(reply);
        }

        private Node Free(Node reply)
        {
            byte[] marker = Encoding.UTF8.GetBytes(family.Marker);
            if (family.MarkerId is { } id)
                return new FreeNode(id, reply.StepSpecial(id));
            Node after = marker.Aggregate(reply, (node, value) => node.Step(value));
            return UntilMarkerNode.Start(marker, after, family.AtStart ? new FreeNode() : null);
        }

        // What may come behind a call: the end, or further calls, each of which leads back here.
        private Node Rest()
        {
            Node closing = grammar.Literal(Encoding.UTF8.GetBytes(family.Closing), Node.End);
            if (family.Between is not { } between || !use.Parallel)
                return closing;
            var rest = new RestShape(closing.Need);
            Node further = Marked(between, One(grammar.Call(rest, depth: 0)));
            rest.Node = grammar.Choice(closing, further);
            return rest.Node;
        }

        private Node One(Node then)
        {
            Node behind = Marked(family.AfterArguments, then);
            var options = new List<Node>();
            foreach ((int index, Tool tool) in ToolList.Read(use.Tools).Index())
            {
                if (use.Function is null || use.Function == tool.Name)
                    options.Add(Marked(tool.Name + family.BeforeArguments, grammar.Sequence(Arguments(tool, index), behind)));
            }

            return Marked(family.BeforeName, grammar.Choice([.. options]));
        }

        private Node Arguments(Tool tool, int index)
        {
            try
            {
                return ReplyFormat.Read(grammar, tool.Parameters);
            }
            catch (SchemaException e)
            {
                throw new SchemaException(e.Path.Length == 0 ? $"tools[{index}].function.parameters" : $"tools[{index}].function.parameters.{e.Path}", e.Problem);
            }
        }

        // The text, its marker as the token that it is.
        private Node Marked(string text, Node then) =>
            family.MarkerId is { } id && text.StartsWith(family.Marker, StringComparison.Ordinal)
                ? grammar.Sequence(new SpecialNode(id), grammar.Literal(Encoding.UTF8.GetBytes(text[family.Marker.Length..]), then))
                : grammar.Literal(Encoding.UTF8.GetBytes(text), then);
    }

    /// <summary>What stands behind each call, which holds itself.</summary>
    private sealed class RestShape : Shape
    {
        public RestShape(int need) => (Height, Need) = (0, need);

        public Node Node { get; set; } = Node.Nothing;

        public override Node Unfold(Grammar grammar, int depth, int place) => Node;

        protected override void Update()
        {
        }
    }
}
