using System.Text;

namespace Rlhf.Inference;

/// <summary>What a piece of a reply adds to a call.</summary>
/// <param name="Index">Which of the reply's calls.</param>
/// <param name="Name">The tool's name, in the first piece of a call and only there.</param>
/// <param name="Arguments">What comes next of the arguments' JSON.</param>
public readonly record struct ToolCallPiece(int Index, string? Name, string Arguments);

/// <summary>
/// Reads a reply as it is drawn: what is said, and the calls behind it. Text that may be the beginning of a call waits until that is clear, with the blanks
/// before it, which belong to neither.
/// </summary>
/// <remarks>It reads what <see cref="ToolGrammar"/> lets be drawn. What looks like a call and is none, as where the marker's text was not its token, is text.</remarks>
/// <param name="family">How calls are written.</param>
/// <param name="required">Whether the reply has to be a call: then the unfinished beginning of one is no text.</param>
public sealed class ToolCallReader(ToolFormat family, bool required = false)
{
    private readonly StringBuilder _pending = new();
    private readonly List<ToolCallPiece> _pieces = [];
    private State _state = State.Text;
    private bool _said;
    private int _depth;
    private bool _quoted;
    private bool _escaped;

    private enum State
    {
        Text,
        Name,
        Arguments,
        Behind,
        OnlyText,
    }

    /// <summary>How many calls there are so far, an unfinished one among them.</summary>
    public int Calls { get; private set; }

    private string BeforeFirst => family.Opening + family.BeforeName;

    /// <summary>Takes text and gives what is certain now.</summary>
    public (string Said, IReadOnlyList<ToolCallPiece> Calls) Append(string text)
    {
        _pending.Append(text);
        return Read(ends: false);
    }

    /// <summary>Ends the reply and gives what was held back; an unfinished beginning of a first call is text where a call isn't required.</summary>
    public (string Said, IReadOnlyList<ToolCallPiece> Calls) Finish() => Read(ends: true);

    private (string Said, IReadOnlyList<ToolCallPiece> Calls) Read(bool ends)
    {
        _pieces.Clear();
        var said = "";
        while (_pending.Length > 0 && _state switch
        {
            State.Text => ReadText(ends, ref said),
            State.Name => ReadName(),
            State.Arguments => ReadArguments(),
            State.Behind => ReadBehind(),
            _ => ReadRest(ref said),
        })
        {
        }

        return (said, [.. _pieces]);
    }

    private bool ReadText(bool ends, ref string said)
    {
        string text = _pending.ToString();
        if (ends && required && !_said && BeforeFirst.StartsWith(text, StringComparison.Ordinal))
        {
            _pending.Clear();
            return false;
        }

        int at = family.AtStart ? (!_said && text.StartsWith(family.Marker, StringComparison.Ordinal) ? 0 : -1) : text.IndexOf(family.Marker, StringComparison.Ordinal);
        if (at < 0)
        {
            int certain = ends || (family.AtStart && (_said || !family.Marker.StartsWith(text, StringComparison.Ordinal))) ? text.Length
                : family.AtStart ? 0 : Certain(text, family.Marker);
            said += Take(certain);
            _said |= certain > 0;
            return false;
        }

        string call = text[at..];
        if (call.StartsWith(BeforeFirst, StringComparison.Ordinal))
        {
            said += text[..at].TrimEnd();
            _pending.Remove(0, at + BeforeFirst.Length);
            _state = State.Name;
            return true;
        }

        if (!ends && BeforeFirst.StartsWith(call, StringComparison.Ordinal))
        {
            said += Take(Certain(text[..at], ""));
            return false;
        }

        _state = State.OnlyText;
        return true;
    }

    private bool ReadName()
    {
        string text = _pending.ToString();
        int end = text.IndexOf(family.BeforeArguments, StringComparison.Ordinal);
        if (end < 0)
            return false;
        _pieces.Add(new ToolCallPiece(Calls++, text[..end], ""));
        _pending.Remove(0, end + family.BeforeArguments.Length);
        (_depth, _quoted, _escaped, _state) = (0, false, false, State.Arguments);
        return true;
    }

    // Arguments are an object: they end with the brace that closes it.
    private bool ReadArguments()
    {
        int length = 0;
        bool closed = false;
        while (length < _pending.Length && !closed)
        {
            char c = _pending[length++];
            if (_quoted)
                (_quoted, _escaped) = (_escaped || c != '"', !_escaped && c == '\\');
            else if (c == '"')
                _quoted = true;
            else if (c is '{' or '[')
                _depth++;
            else if (c is '}' or ']')
                closed = --_depth == 0;
        }

        _pieces.Add(new ToolCallPiece(Calls - 1, null, Take(length)));
        _state = closed ? State.Behind : State.Arguments;
        return closed;
    }

    private bool ReadBehind()
    {
        string next = family.AfterArguments + family.Between + family.BeforeName;
        if (family.Between is null || !_pending.ToString().StartsWith(next, StringComparison.Ordinal))
            return false;
        _pending.Remove(0, next.Length);
        _state = State.Name;
        return true;
    }

    private bool ReadRest(ref string said)
    {
        said += Take(_pending.Length);
        return false;
    }

    // How much of a text can neither be part of a marker nor a blank before one.
    private static int Certain(string text, string marker)
    {
        int end = text.Length;
        for (int length = Math.Min(marker.Length - 1, text.Length); length > 0 && end == text.Length; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(marker.AsSpan(0, length)))
                end = text.Length - length;
        }

        return text[..end].TrimEnd().Length;
    }

    private string Take(int length)
    {
        string taken = _pending.ToString(0, length);
        _pending.Remove(0, length);
        return taken;
    }
}
