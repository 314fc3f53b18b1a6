namespace Rlhf.Learning.Algorithms;

/// <summary>Means of what the steps of an iteration report, by name.</summary>
internal sealed class StepFigures
{
    private readonly Dictionary<string, (double Sum, int Count)> _sums = [];

    /// <summary>Steps taken in.</summary>
    public int Steps { get; private set; }

    /// <summary>Takes in one step.</summary>
    public void Add(params IEnumerable<(string Name, double Value)> figures)
    {
        Steps++;
        foreach (var (name, value) in figures)
        {
            var (sum, count) = _sums.GetValueOrDefault(name);
            _sums[name] = (sum + value, count + 1);
        }
    }

    /// <summary>Writes the means down.</summary>
    public void WriteTo(Dictionary<string, double> metrics)
    {
        foreach (var (name, (sum, count)) in _sums)
            metrics[name] = sum / count;
    }
}
