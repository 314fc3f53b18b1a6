using System.IO.Compression;
using System.Text.Json;

namespace Rlhf.Learning.Data;

/// <summary>Files of one JSON object a line, plain or gzip by the ending <c>.gz</c>. Empty lines are passed over.</summary>
public static class JsonLines
{
    /// <summary>Reads the file from start to end, each line with the place that an error about it is to name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="holds">What it holds, for the error that it is not there.</param>
    /// <param name="shape">What a line is to be, for the error that it is not.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is of another shape; the message names file and line.</exception>
    public static IEnumerable<(string Place, T Line)> Read<T>(string path, string holds, string shape)
        where T : class
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}' to read {holds} from.", path);
        return ReadLines<T>(path, shape);
    }

    private static IEnumerable<(string Place, T Line)> ReadLines<T>(string path, string shape)
        where T : class
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(content);
        for (var number = 1; ; number++)
        {
            var place = $"{path}, line {number}";
            if (Next(reader, place) is not { } line)
                yield break;
            if (!string.IsNullOrWhiteSpace(line))
                yield return (place, Parse<T>(line, place, shape));
        }
    }

    private static string? Next(StreamReader reader, string place)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{place}: the gzip stream is broken.", e);
        }
    }

    private static T Parse<T>(string line, string place, string shape)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web) ?? throw new InvalidDataException($"{place}: null is not {shape}.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{place}: not {shape}: {e.Message}", e);
        }
    }
}
