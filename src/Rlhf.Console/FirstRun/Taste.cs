using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rlhf.WebConsole.FirstRun;

/// <summary>What the simulated crowd likes: the taste 'courteous' of <c>./rlhf simulate</c>.</summary>
internal sealed class Taste
{
    private readonly List<(Regex Pattern, double Weight)> _features;
    private readonly double _bestWords;
    private readonly double _lengthWeight;

    private Taste(JsonElement file)
    {
        _features = [.. file.GetProperty("features").EnumerateArray().Select(feature => (new Regex(feature.GetProperty("pattern").GetString()!, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), feature.GetProperty("weight").GetDouble()))];
        _bestWords = file.GetProperty("length").GetProperty("best_words").GetDouble();
        _lengthWeight = file.GetProperty("length").GetProperty("weight").GetDouble();
    }

    /// <summary>The taste that ships.</summary>
    public static Taste Courteous()
    {
        using var file = typeof(Taste).Assembly.GetManifestResourceStream("Rlhf.Console.courteous.json")!;
        return new Taste(JsonSerializer.Deserialize<JsonElement>(file));
    }

    /// <summary>How much a reply is liked.</summary>
    public double Of(string reply)
    {
        var words = reply.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return _features.Sum(feature => feature.Pattern.IsMatch(reply) ? feature.Weight : 0) + (_lengthWeight * Math.Max(-1, 1 - (Math.Abs(words - _bestWords) / _bestWords)));
    }
}
