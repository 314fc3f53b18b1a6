using System.Diagnostics.Metrics;

namespace Rlhf.Server.Tests.Telemetry;

/// <summary>What Prometheus makes of an instrument, which dashboards and alerts rely on.</summary>
public sealed class MetricNamesTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Dots_become_underscores_and_units_and_total_are_appended()
    {
        using var meter = new Meter("Rlhf.Tests");
        meter.CreateCounter<long>("tests.orders", "{order}", "Orders, by \"size\".\nAnd more.").Add(3, new KeyValuePair<string, object?>("cup.size", "a \"large\"\\\none"));
        meter.CreateGauge<double>("tests.share", "1").Record(0.25);
        meter.CreateGauge<double>("tests.lost").Record(double.NegativeInfinity);
        meter.CreateUpDownCounter<long>("tests.open", "By").Add(-7);
        var times = meter.CreateHistogram("tests.time", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        Array.ForEach([0.25, 0.75, 4], times.Record);

        var scrape = await Scrape.OfAsync(fixture.Server.Client);
        Assert.Equal(3, scrape.Sum("tests_orders_total", ("cup_size", "a \\\"large\\\"\\\\\\none")));
        Assert.Equal((0.25, double.NegativeInfinity, -7), (scrape.Sum("tests_share"), scrape.Sum("tests_lost"), scrape.Sum("tests_open_bytes")));
        Assert.Equal((1, 2, 3), (Below("0.5"), Below("1"), Below("+Inf")));
        Assert.Equal((5, 3), (scrape.Sum("tests_time_seconds_sum"), scrape.Sum("tests_time_seconds_count")));
        Assert.Equal(
            ["counter", "gauge", "gauge", "gauge", "histogram"],
            new[] { "tests_orders_total", "tests_share", "tests_lost", "tests_open_bytes", "tests_time_seconds" }.Select(name => scrape.Types[name]));

        double Below(string bound) => scrape.Sum("tests_time_seconds_bucket", ("le", bound));
    }

    [Fact]
    public async Task The_names_are_the_same_for_a_Prometheus_that_would_take_others()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "metrics");
        request.Headers.Add("Accept", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3");
        using var response = await fixture.Server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal("application/openmetrics-text", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("\nrlhf_serving_tokens_total{", text);
        Assert.Contains("\nrlhf_serving_cache_size_bytes{", text);
    }
}
