using System.Globalization;
using System.Text;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>How a client behaves while a request is under way.</summary>
internal enum Manner
{
    /// <summary>As it should.</summary>
    Plain,

    /// <summary>Reads a few bytes at a time.</summary>
    SlowReader,

    /// <summary>Goes away after some milliseconds.</summary>
    LeavesEarly,

    /// <summary>Goes away once the first bytes of the answer are there.</summary>
    LeavesInTheMiddle,

    /// <summary>Sends the body in pieces with pauses.</summary>
    SlowSender,

    /// <summary>Goes away in the middle of the body.</summary>
    BreaksOff,
}

/// <summary>A request to send.</summary>
/// <param name="Number">Its number: with the seed, all that it takes to make it again.</param>
/// <param name="Operation">The operation that it is for, or was before it was changed; null for none.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query, as they are written.</param>
/// <param name="Headers">The headers, as they are written.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="ContentType">The body's content type; null for none.</param>
/// <param name="Manner">How its client behaves.</param>
/// <param name="Patience">Milliseconds until a client leaves that does.</param>
/// <param name="IsChanged">Whether something beside the body is not as the description says.</param>
internal sealed record FuzzRequest(
    int Number, ApiOperation? Operation, string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, byte[]? Body, string? ContentType, Manner Manner, int Patience, bool IsChanged)
{
    private const int MostShown = 600;

    /// <summary>Whether its client does not wait for the whole answer.</summary>
    public bool GoesAway => Manner is Manner.LeavesEarly or Manner.LeavesInTheMiddle or Manner.BreaksOff;

    /// <summary>What it is, to be read by a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{Method} {Shown(Target)}"));
        if (Manner != Manner.Plain)
            text.Append(CultureInfo.InvariantCulture, $" ({Manner})");
        foreach (var (name, value) in Headers)
            text.Append(CultureInfo.InvariantCulture, $"\n      {name}: {Shown(value)}");
        if (Body is not null)
            text.Append(CultureInfo.InvariantCulture, $"\n      Content-Type: {ContentType}\n      {Body.Length:N0} bytes: {Shown(Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 2 * MostShown))))}");
        return text.ToString();
    }

    private static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var one in text.Take(MostShown))
            _ = char.IsControl(one) || one is '\u2028' or '\u2029' ? shown.Append(CultureInfo.InvariantCulture, $"\\x{(int)one:x2}") : shown.Append(one);
        return text.Length > MostShown ? shown.Append('…').ToString() : shown.ToString();
    }
}
