using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Rlhf.Learning.Pipeline;

/// <summary>
/// A run's figures step by step: one JSON object a line in <c>metrics.jsonl</c> of the run's folder, and the same through the meter
/// <c>Rlhf.Learning</c>, each figure a gauge: <c>objective/kl</c> is <c>rlhf.objective.kl</c> there. A resumed run leaves the file as if it had never stopped.
/// </summary>
public sealed class MetricsLog
{
    /// <summary>The file in the run's folder.</summary>
    public const string FileName = "metrics.jsonl";

    private static readonly Meter Meter = new("Rlhf.Learning");
    private static readonly Dictionary<string, Gauge<double>> Gauges = [];

    private readonly string _path;

    /// <summary>Opens the log of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="resumedAt">The stage that the checkpoint is of and its iterations that it holds, after which lines are cut off; null starts anew.</param>
    internal MetricsLog(string folder, (string Stage, int Iteration)? resumedAt)
    {
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, FileName);
        if (File.Exists(_path))
            File.WriteAllLines(_path, resumedAt is { } at ? File.ReadAllLines(_path).TakeWhile(line => Counts(line, at)) : []);
    }

    /// <summary>Adds a step's figures; those that are no finite numbers are left out.</summary>
    internal void Write(string stage, int step, IReadOnlyDictionary<string, double> figures)
    {
        var line = new Dictionary<string, object> { ["stage"] = stage, ["step"] = step };
        foreach (var (name, figure) in figures.Where(figure => double.IsFinite(figure.Value)).OrderBy(figure => figure.Key, StringComparer.Ordinal))
        {
            line[name] = figure;
            GaugeOf(name).Record(figure, new KeyValuePair<string, object?>("rlhf.stage", stage));
        }

        File.AppendAllText(_path, JsonSerializer.Serialize(line) + "\n");
    }

    private static Gauge<double> GaugeOf(string name)
    {
        lock (Gauges)
        {
            if (!Gauges.TryGetValue(name, out var gauge))
                Gauges.Add(name, gauge = Meter.CreateGauge<double>($"rlhf.{name.Replace('/', '.')}"));
            return gauge;
        }
    }

    // A line that was cut in the middle by a crash, or written behind the checkpoint, is written again.
    private static bool Counts(string line, (string Stage, int Iteration) resumedAt)
    {
        try
        {
            using var parsed = JsonDocument.Parse(line);
            var stage = parsed.RootElement.GetProperty("stage").GetString();
            return stage == TrainingStage.Reward
                || (stage == resumedAt.Stage ? parsed.RootElement.GetProperty("step").GetInt32() <= resumedAt.Iteration : stage == TrainingStage.Sft);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
