using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// Tokens of a reply to text, as they come: a character appears when its last byte is there, and text that may be the start of a stop
/// string waits until it is clear. Special tokens add nothing, but for one that is asked for.
/// </summary>
public sealed class TextStream
{
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyList<string> _stop;
    private readonly int? _shown;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _pending = new();
    private bool _started;

    /// <summary>Starts a reply.</summary>
    /// <param name="tokenizer">The tokens' vocabulary.</param>
    /// <param name="stop">The reply's text ends before the first of these; none by default.</param>
    /// <param name="shown">The special token that is shown as its content; none by default.</param>
    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public TextStream(Tokenizer tokenizer, IReadOnlyList<string>? stop = null, int? shown = null)
    {
        _tokenizer = tokenizer;
        _shown = shown;
        _stop = stop ?? [];
        if (_stop.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop string is empty; it would end every reply at once.", nameof(stop));
    }

    /// <summary>Whether a stop string has appeared. From then on there is no more text.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes the next token and gives the text that is certain now, possibly none.</summary>
    public string Append(int id)
    {
        if (Stopped || (_tokenizer.IsSpecial(id) && id != _shown))
            return "";
        ReadOnlySpan<byte> bytes = _tokenizer.Bytes(id);
        if (!_started && _tokenizer.DropsLeadingBlank && bytes is [(byte)' ', ..])
            bytes = bytes[1..];
        _started = true;
        return Release(bytes, flush: false);
    }

    /// <summary>Ends the reply and gives what was held back; bytes of an unfinished character become U+FFFD.</summary>
    public string Finish() => Stopped ? "" : Release([], flush: true);

    private string Release(ReadOnlySpan<byte> bytes, bool flush)
    {
        var chars = new char[_utf8.GetCharCount(bytes, flush)];
        _pending.Append(chars, 0, _utf8.GetChars(bytes, chars, flush));
        string text = _pending.ToString();
        int certain = flush ? text.Length : text.Length - LongestStart(text);
        foreach (string stop in _stop)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (!Stopped || at < certain))
            {
                Stopped = true;
                certain = at;
            }
        }

        _pending.Clear();
        if (!Stopped)
            _pending.Append(text, certain, text.Length - certain);
        return text[..certain];
    }

    // How much of the text's end may be the start of a stop string.
    private int LongestStart(string text)
    {
        int longest = 0;
        foreach (string stop in _stop)
        {
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
            }
        }

        return longest;
    }
}
