using System.Diagnostics.Metrics;

namespace Rlhf.Server.Tests.Telemetry;

public sealed class PrometheusTextTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Names_units_and_values_are_written_as_Prometheus_reads_them()
    {
        using var meter = new Meter("Rlhf.Tests");
        meter.CreateCounter<long>("tests.orders", "{order}", "Orders, by \"size\".\nAnd more.").Add(3, new KeyValuePair<string, object?>("cup.size", "a \"large\"\\\none"));
        meter.CreateGauge<double>("tests.share", "1").Record(0.25);
        meter.CreateGauge<double>("tests.lost").Record(double.NegativeInfinity);
        meter.CreateUpDownCounter<long>("tests.open", "By").Add(-7);
        var times = meter.CreateHistogram("tests.time", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        Array.ForEach([0.25, 0.75, 4], times.Record);

        var scrape = await Scrape.OfAsync(fixture.Server.Client);
        Assert.Contains("# HELP tests_orders_total Orders, by \"size\".\\nAnd more.\n# TYPE tests_orders_total counter\ntests_orders_total{cup_size=\"a \\\"large\\\"\\\\\\none\"} 3\n", scrape.Text);
        Assert.Contains("\ntests_share_ratio 0.25\n", scrape.Text);
        Assert.Contains("\ntests_lost -Inf\n", scrape.Text);
        Assert.Contains("\ntests_open_bytes -7\n", scrape.Text);
        Assert.Contains(
            "tests_time_seconds_bucket{le=\"0.5\"} 1\ntests_time_seconds_bucket{le=\"1\"} 2\ntests_time_seconds_bucket{le=\"+Inf\"} 3\ntests_time_seconds_sum 5\ntests_time_seconds_count 3\n",
            scrape.Text);
    }
}
