using Microsoft.AspNetCore.Http.HttpResults;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Storage;

namespace Rlhf.Server.Raters;

/// <summary>What groups of raters say of versions.</summary>
internal static class CohortEndpoints
{
    private const int RecentReplies = 1000;
    private const int LeastScored = 20;
    private const double Sure = 2.576; // 99 % of a normal distribution, both sides: there are many groups

    public static void MapCohorts(this WebApplication app) =>
        app.MapGet("/v1/cohorts", ListAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Raters", "listCohorts", "Lists by tag and version how many statements there are in the newest feedback, of which kinds, and how much they like the replies.");

    private static async Task<Ok<CohortListBody>> ListAsync(IGrainFactory grains, CatalogCache catalog, ITurnStore turns, CancellationToken cancellationToken)
    {
        var raters = RaterEndpoints.Raters(grains, catalog);
        var cohorts = await raters.GetCohortsAsync(cancellationToken);
        var recent = await turns.RecentAsync(RecentReplies, cancellationToken);
        var rated = await raters.RatedAmongAsync([.. recent.Select(turn => CompletionId.Of(turn.ConversationId, turn.Number))], cancellationToken);
        var shares = recent.GroupBy(turn => turn.Version).ToDictionary(
            version => version.Key, version => version.Average(turn => rated.Contains(CompletionId.Of(turn.ConversationId, turn.Number)) ? 1.0 : 0));
        var live = cohorts.Where(cohort => cohort.Version == catalog.Current.Live).ToDictionary(cohort => cohort.Name);
        return TypedResults.Ok(new CohortListBody("list", [.. cohorts.Select(cohort => new CohortBody(
            cohort.Name.Length == 0 ? null : cohort.Name,
            cohort.Version,
            cohort.Statements,
            cohort.Kinds,
            cohort.Raters,
            cohort.Replies,
            cohort.Scored,
            cohort.Scored == 0 ? null : Mean(cohort),
            cohort.Scored < 2 ? null : Math.Sqrt(Variance(cohort)),
            cohort.Name.Length == 0 && shares.TryGetValue(cohort.Version, out var share) ? share : null,
            live.TryGetValue(cohort.Name, out var other) ? WorseBy(cohort, other) : null))]));
    }

    private static double? WorseBy(Cohort cohort, Cohort live)
    {
        if (cohort.Scored < LeastScored || live.Scored < LeastScored)
        {
            return null;
        }

        var (difference, error) = (Mean(live) - Mean(cohort), Math.Sqrt((Variance(live) / live.Scored) + (Variance(cohort) / cohort.Scored)));
        return difference > Sure * error ? difference : null;
    }

    private static double Mean(Cohort cohort) => cohort.Score / cohort.Scored;

    private static double Variance(Cohort cohort) => Math.Max(0, cohort.Squares - (cohort.Score * Mean(cohort))) / (cohort.Scored - 1);
}
