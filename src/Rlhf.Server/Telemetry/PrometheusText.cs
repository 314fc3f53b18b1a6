using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Rlhf.Server.Telemetry;

/// <summary>
/// Writes metrics in Prometheus' text format. Names follow OpenTelemetry's rules for Prometheus: dots become underscores, the unit and, for a
/// counter, <c>total</c> are appended. https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
/// </summary>
internal sealed class PrometheusText
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly SortedDictionary<string, (string Header, Dictionary<string, string> Series)> _families = new(StringComparer.Ordinal);

    /// <summary>Adds a metric with all its series.</summary>
    public void Add(Metric metric)
    {
        var type = TypeOf(metric.MetricType);
        if (type is null)
        {
            return;
        }

        var name = PrometheusName.Of(metric.Name, metric.Unit, type);
        if (!_families.TryGetValue(name, out var family))
        {
            _families.Add(name, family = ($"# HELP {name} {Escape(metric.Description)}\n# TYPE {name} {type}\n", []));
        }

        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            family.Series[labels] = Series(metric.MetricType, name, labels, point);
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (header, series) in _families.Values)
        {
            text.Append(header).AppendJoin("", series.Values);
        }

        return text.ToString();
    }

    private static string? TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        MetricType.Histogram => "histogram",
        _ => null, // exponential histograms have no place in the text format
    };

    private static string Series(MetricType type, string name, string labels, in MetricPoint point) => type switch
    {
        MetricType.Histogram => Histogram(name, labels, point),
        MetricType.LongSum or MetricType.LongSumNonMonotonic => Line(name, labels, point.GetSumLong()),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Line(name, labels, point.GetSumDouble()),
        MetricType.LongGauge => Line(name, labels, point.GetGaugeLastValueLong()),
        _ => Line(name, labels, point.GetGaugeLastValueDouble()),
    };

    private static string Histogram(string name, string labels, in MetricPoint point)
    {
        var lines = new StringBuilder();
        long below = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            var bound = $"le=\"{Number(bucket.ExplicitBound)}\"";
            lines.Append(Line($"{name}_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", below));
        }

        return lines
            .Append(Line($"{name}_sum", labels, point.GetHistogramSum()))
            .Append(Line($"{name}_count", labels, point.GetHistogramCount()))
            .ToString();
    }

    private static string Line(string name, string labels, double value) =>
        labels.Length == 0 ? $"{name} {Number(value)}\n" : $"{name}{{{labels}}} {Number(value)}\n";

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            labels.Append(labels.Length == 0 ? "" : ",")
                .Append(PrometheusName.Clean(key))
                .Append("=\"")
                .Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture)).Replace("\"", "\\\""))
                .Append('"');
        }

        return labels.ToString();
    }

    private static string Escape(string? text) => (text ?? "").Replace("\\", @"\\").Replace("\n", "\\n");
}

/// <summary>What Prometheus calls an instrument.</summary>
internal static class PrometheusName
{
    /// <summary>The name of an instrument's family.</summary>
    public static string Of(string name, string unit, string type)
    {
        var full = Clean(name);
        if (UnitName(unit, type) is { } suffix && !full.EndsWith($"_{suffix}", StringComparison.Ordinal))
        {
            full += $"_{suffix}";
        }

        return type == "counter" && !full.EndsWith("_total", StringComparison.Ordinal) ? $"{full}_total" : full;
    }

    /// <summary>A name with what Prometheus does not allow replaced.</summary>
    public static string Clean(string name) => string.Create(name.Length, name, static (cleaned, from) =>
    {
        for (var i = 0; i < cleaned.Length; i++)
        {
            cleaned[i] = char.IsAsciiLetter(from[i]) || (char.IsAsciiDigit(from[i]) && i > 0) ? from[i] : '_';
        }
    });

    private static string? UnitName(string unit, string type) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        "1" => type == "gauge" ? "ratio" : null,
        _ => null, // what is in braces is a remark
    };
}
