using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>A reply's text while it gathers, and what of it is said and what calls tools.</summary>
internal sealed class ReplyText(Tokenizer tokenizer, IReadOnlyList<string> stop, ToolFormat? tools, bool callRequired)
{
    private readonly TextStream _text = new(tokenizer, stop, tools?.MarkerId);
    private readonly ToolCallReader? _calls = tools is null ? null : new ToolCallReader(tools, callRequired);

    public bool Stopped => _text.Stopped;

    /// <summary>Whether a tool is called.</summary>
    public bool Calls => _calls?.Calls > 0;

    /// <summary>Takes a token and gives the text that is certain now.</summary>
    public string Append(int id) => _text.Append(id);

    /// <summary>The text that was held back, at the reply's end.</summary>
    public string Finish() => _text.Finish();

    /// <summary>Takes text that is certain and tells what it says and calls, as far as that is certain.</summary>
    public (string Said, ImmutableArray<ToolCallDelta>? Calls) Read(string text, bool ends)
    {
        if (_calls is null)
        {
            return (text, null);
        }

        var (said, pieces) = _calls.Append(text);
        if (ends)
        {
            var (rest, last) = _calls.Finish();
            (said, pieces) = (said + rest, [.. pieces, .. last]);
        }

        return (said, pieces.Count == 0 ? null : [.. pieces.Select(piece => new ToolCallDelta(piece.Index, piece.Name is null ? null : NewId(), piece.Name, piece.Arguments))]);
    }

    private static string NewId() => $"call_{Guid.NewGuid():N}";
}
