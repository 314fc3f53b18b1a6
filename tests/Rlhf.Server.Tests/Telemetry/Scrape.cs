using System.Globalization;
using System.Text.RegularExpressions;

namespace Rlhf.Server.Tests.Telemetry;

/// <summary>A sample of a scrape.</summary>
/// <param name="Name">The metric's name.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Value">Its value.</param>
public sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>What Prometheus would read at <c>/metrics</c>; a line that breaks its text format fails the test.</summary>
public sealed partial class Scrape
{
    private Scrape(string text, Dictionary<string, string> types, List<Sample> samples) => (Text, Types, Samples) = (text, types, samples);

    /// <summary>All of it.</summary>
    public string Text { get; }

    /// <summary>The type of each family.</summary>
    public IReadOnlyDictionary<string, string> Types { get; }

    /// <summary>The samples in their order.</summary>
    public IReadOnlyList<Sample> Samples { get; }

    /// <summary>Reads the metrics of a server.</summary>
    public static async Task<Scrape> OfAsync(HttpClient client)
    {
        using var response = await client.GetAsync("metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        return Parse(await response.Content.ReadAsStringAsync());
    }

    /// <summary>Reads the text format.</summary>
    public static Scrape Parse(string text)
    {
        var types = new Dictionary<string, string>();
        var samples = new List<Sample>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TypePattern().Match(line) is { Success: true } type)
            {
                types.Add(type.Groups[1].Value, type.Groups[2].Value); // a family that comes twice throws
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                var sample = SamplePattern().Match(line);
                Assert.True(sample.Success, $"This is no sample: {line}");
                var labels = LabelPattern().Matches(sample.Groups["labels"].Value).ToDictionary(label => label.Groups["key"].Value, label => label.Groups["text"].Value);
                samples.Add(new Sample(sample.Groups["name"].Value, labels, double.Parse(sample.Groups["value"].Value.Replace("Inf", "Infinity"), CultureInfo.InvariantCulture)));
            }
        }

        return new Scrape(text, types, samples);
    }

    /// <summary>The sum of the samples of a name that have all the labels.</summary>
    public double Sum(string name, params (string Label, string Value)[] labels) =>
        Samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value)).Sum(sample => sample.Value);

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypePattern();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*")*)\})? (?<value>-?[0-9.]+(E[+-]?[0-9]+)?|[+-]Inf|NaN)$""")]
    private static partial Regex SamplePattern();

    [GeneratedRegex("""(?<key>[a-zA-Z_][a-zA-Z0-9_]*)="(?<text>([^"\\]|\\.)*)["]""")]
    private static partial Regex LabelPattern();
}
