using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Rlhf.Server.Telemetry;

/// <summary>Collects the metrics when Prometheus asks, one asker at a time.</summary>
internal sealed class PrometheusReader : BaseExportingMetricReader
{
    private readonly Lock _reading = new();
    private readonly TextExporter _exporter;

    public PrometheusReader()
        : this(new TextExporter())
    {
    }

    private PrometheusReader(TextExporter exporter)
        : base(exporter) => _exporter = exporter;

    /// <summary>The metrics as they stand.</summary>
    public string Read()
    {
        lock (_reading)
        {
            _exporter.Collect!(Timeout.Infinite); // set by the base class
            return _exporter.Text;
        }
    }

    [ExportModes(ExportModes.Pull)]
    private sealed class TextExporter : BaseExporter<Metric>, IPullMetricExporter
    {
        public Func<int, bool>? Collect { get; set; }

        public string Text { get; private set; } = "";

        public override ExportResult Export(in Batch<Metric> batch)
        {
            var text = new PrometheusText();
            foreach (var metric in batch)
            {
                text.Add(metric);
            }

            Text = text.ToString();
            return ExportResult.Success;
        }
    }
}
