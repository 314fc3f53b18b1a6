using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;
using Rlhf.Storage;

namespace Rlhf.Server.Export;

/// <summary>Feedback as data sets that other trainers read.</summary>
internal static class ExportEndpoints
{
    private const string JsonLines = "application/jsonl";
    private const int FlushEvery = 64 * 1024;

    private static readonly Dictionary<string, ExportFormat> Formats = Enum.GetValues<ExportFormat>().ToDictionary(format => format.ToString().ToLowerInvariant());

    public static void MapExport(this WebApplication app) =>
        app.MapGet("/v1/export/{format}", ExportAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Produces<string>(200, JsonLines)
            .Describe("Feedback", "exportFeedback", "Sends what raters say in the end as lines of JSON: preferences and thumbs in TRL's dataset formats, sft in OpenAI's chat format. Nothing that was taken back or erased.").MayRefuse(400, 404);

    private static async Task ExportAsync(
        [Description("preferences, thumbs or sft.")] string format,
        [FromQuery, MaxLength(RequestLimits.Name), Description("Feedback on replies of this version alone.")] string? version,
        [FromQuery, Description("Feedback of this time or later, as in 2026-01-31T12:00:00Z.")] string? since,
        [FromQuery, Description("Feedback from before this time.")] string? until,
        [FromQuery, MaxLength(RequestLimits.Text), Description("Feedback with this tag.")] string? tag,
        [FromQuery(Name = "with_thumbs"), Description("true: of preferences also thumbs up against thumbs down on the same prompt, of sft also replies with a thumb up.")] string? withThumbs,
        [FromQuery, Description("true: also what quarantined raters gave.")] string? quarantined,
        HttpContext http, IFeedbackLedger ledger, IGrainFactory grains, CatalogCache catalog)
    {
        var ended = http.RequestAborted;
        var filter = new ExportFilter(
            Formats.TryGetValue(format, out var known) ? known : throw new RefusedException(Refusal.NotFound, $"There is no export '{format}'; there are {string.Join(", ", Formats.Keys)}.", "format"),
            await KnownAsync(version, grains, catalog, ended), Time(since, "since"), Time(until, "until"), tag, Flag(withThumbs, "with_thumbs"), Flag(quarantined, "quarantined"));
        var feedback = new NetFeedback(ledger, grains, filter);
        await feedback.FindAsync(ended); // what can't be read is told before the file begins

        http.Response.ContentType = $"{JsonLines}; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{format}.jsonl\"";
        http.Response.Headers.CacheControl = "no-store";
        var writer = http.Response.BodyWriter;
        await foreach (var line in LinesAsync(feedback, filter, ended))
        {
            Encoding.UTF8.GetBytes(line, writer);
            Encoding.UTF8.GetBytes("\n", writer);
            if (writer.UnflushedBytes >= FlushEvery)
            {
                await writer.FlushAsync(ended);
            }
        }

        await writer.FlushAsync(ended);
    }

    private static async IAsyncEnumerable<string> LinesAsync(NetFeedback feedback, ExportFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new Dictionary<(long, long), FeedbackEvent>();
        await foreach (var (sequence, said) in feedback.ReadAsync(cancellationToken))
        {
            foreach (var line in ExportRows.Of(said, filter.Format))
            {
                yield return line;
            }

            if (feedback.Partners.TryGetValue(sequence, out var pair) && !waiting.TryAdd(pair, said))
            {
                waiting.Remove(pair, out var other);
                yield return sequence == pair.Up ? ExportRows.OfThumbs(said, other!) : ExportRows.OfThumbs(other!, said);
            }
        }
    }

    private static async Task<string?> KnownAsync(string? version, IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken)
    {
        if (version is null or "")
        {
            return null;
        }

        var versions = await grains.GetGrain<IModelCatalogGrain>(catalog.Current.Model).ListAsync(cancellationToken);
        return versions.Any(known => known.Id == version) ? version
            : throw new RefusedException(Refusal.NotFound, $"There is no version '{version}'; GET /v1/versions lists them.", "version");
    }

    private static DateTimeOffset? Time(string? given, string name) => given is null or "" ? null
        : DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw Refuse.Invalid($"'{name}' must be a time such as 2026-01-31T12:00:00Z, not '{given}'.", name);

    private static bool Flag(string? given, string name) => given switch
    {
        null or "" or "false" => false,
        "true" => true,
        _ => throw Refuse.Invalid($"'{name}' must be true or false, not '{given}'.", name),
    };
}
