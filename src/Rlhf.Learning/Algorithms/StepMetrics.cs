namespace Rlhf.Learning.Algorithms;

/// <summary>What the steps of an iteration report, by name.</summary>
internal sealed class StepMetrics
{
    private readonly Dictionary<string, List<double>> _values = [];

    /// <summary>Steps taken in.</summary>
    public int Steps { get; private set; }

    /// <summary>Takes in one step.</summary>
    public void Add(params IEnumerable<(string Name, double Value)> metrics)
    {
        Steps++;
        foreach (var (name, value) in metrics)
        {
            if (!_values.TryGetValue(name, out var values))
                _values.Add(name, values = []);
            values.Add(value);
        }
    }

    /// <summary>Writes the means over the steps down.</summary>
    public void WriteTo(Dictionary<string, double> metrics)
    {
        foreach (var (name, values) in _values)
            metrics[name] = values.Sum() / values.Count;
    }

    /// <summary>The sample variance of a metric over the steps; 0 where there is one step or none.</summary>
    public double Variance(string name)
    {
        if (!_values.TryGetValue(name, out var values) || values.Count < 2)
            return 0;

        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
    }
}
