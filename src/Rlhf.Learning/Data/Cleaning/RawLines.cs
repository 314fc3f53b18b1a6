using System.IO.Compression;
using System.Text;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>The lines of a file, gzip by the ending <c>.gz</c>, of which none takes more memory than it may.</summary>
internal static class RawLines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file's lines that are not empty. One that is not UTF-8 is taken for Windows-1252.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The most bytes of a line.</param>
    /// <returns>Each line's number from 1 and its text; null where it is too long.</returns>
    /// <exception cref="InvalidDataException">The gzip stream is broken; the message names file and line.</exception>
    public static IEnumerable<(long Number, string? Text)> Read(string path, int most)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        var buffer = new byte[1 << 16];
        var line = new MemoryStream();
        var (number, tooLong) = (1L, false);
        for (int read; (read = Next(content, buffer, path, number)) > 0;)
        {
            for (var start = 0; start < read;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', start, read - start);
                var length = (end < 0 ? read : end) - start;
                tooLong |= line.Length + length > most;
                if (!tooLong)
                    line.Write(buffer, start, length);
                start += length + 1;
                if (end < 0)
                    break;
                if (tooLong)
                    yield return (number, null);
                else if (Text(line, number) is { } text)
                    yield return (number, text);
                number++;
                (tooLong, line.Position) = (false, 0);
                line.SetLength(0);
            }
        }

        if (tooLong)
            yield return (number, null);
        else if (Text(line, number) is { } last)
            yield return (number, last);
    }

    private static int Next(Stream content, byte[] buffer, string path, long number)
    {
        try
        {
            return content.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}, line {number}: the gzip stream is broken.", e);
        }
    }

    /// <summary>The text of a line; null where it is empty.</summary>
    private static string? Text(MemoryStream line, long number)
    {
        var bytes = line.GetBuffer().AsSpan(0, (int)line.Length);
        if (number == 1 && bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        bytes = bytes.Trim(" \t\r"u8);
        if (bytes.IsEmpty)
            return null;
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Mojibake.FromWindows1252(bytes);
        }
    }
}
