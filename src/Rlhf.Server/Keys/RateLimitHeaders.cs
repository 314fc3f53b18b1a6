using System.Globalization;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Rlhf.Server.Keys;

/// <summary>Tells each caller under <c>/v1</c> what is left to them, in the headers that OpenAI's clients read.</summary>
internal static class RateLimitHeaders
{
    private const string Prefix = "x-ratelimit";

    /// <summary>All of them, for pages of other origins to read.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. ((string[])["requests", "tokens"]).SelectMany(what => ((string[])["limit", "remaining", "reset"]).Select(word => Name(word, what)))];

    /// <summary>Writes them when a response starts, since a refusal clears what was set before it. To be used between authentication and the limits.</summary>
    public static void UseRateLimitHeaders(this WebApplication app)
    {
        var requests = app.Services.GetRequiredService<IOptions<RateLimiterOptions>>().Value.GlobalLimiter!;
        var options = app.Services.GetRequiredService<IOptions<KeyOptions>>().Value;
        var budgets = app.Services.GetRequiredService<TokenBudgets>();
        app.Use((http, next) =>
        {
            if (http.Request.Path.StartsWithSegments("/v1"))
            {
                var tokens = budgets.Look(http); // before this request takes some
                http.Response.OnStarting(() =>
                {
                    if (RequestLimit.Of(http, options) is { } limit && requests.GetStatistics(http) is { } bucket)
                    {
                        var missing = limit.PerMinute - bucket.CurrentAvailablePermits;
                        Write(http.Response.Headers, "requests", limit.PerMinute, bucket.CurrentAvailablePermits, TimeSpan.FromMinutes((double)missing / limit.PerMinute));
                    }

                    if (tokens is { } budget)
                    {
                        Write(http.Response.Headers, "tokens", budget.Most, budget.Left, budget.Wait);
                    }

                    return Task.CompletedTask;
                });
            }

            return next(http);
        });
    }

    private static void Write(IHeaderDictionary headers, string what, long limit, long remaining, TimeSpan reset)
    {
        headers[Name("limit", what)] = limit.ToString(CultureInfo.InvariantCulture);
        headers[Name("remaining", what)] = Math.Max(0, remaining).ToString(CultureInfo.InvariantCulture);
        headers[Name("reset", what)] = string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(reset.TotalSeconds)}s");
    }

    private static string Name(string word, string what) => $"{Prefix}-{word}-{what}";
}
