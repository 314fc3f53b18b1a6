using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Polly;
using Rlhf.Grains.Moderation;

namespace Rlhf.Server.Moderation;

/// <summary>Asks a service that has the shape of OpenAI's <c>/v1/moderations</c>.</summary>
/// <remarks>https://platform.openai.com/docs/api-reference/moderations</remarks>
internal sealed class ServiceModerator(IHttpClientFactory clients, IOptions<ModerationOptions> options) : IModerator
{
    /// <summary>The client's name.</summary>
    public const string Client = "moderation";

    private const string Unnamed = "flagged";

    public async ValueTask<string?> RefusesAsync(string text, ModerationSide side, bool isWhole, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, options.Value.Url) { Content = JsonContent.Create(new Question(text, options.Value.Model)) };
            request.Headers.Authorization = options.Value.Key is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;
            using var client = clients.CreateClient(Client);
            using var response = await client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new ModeratorUnavailableException($"{options.Value.Url} answered {(int)response.StatusCode}.");
            }

            return (await response.Content.ReadFromJsonAsync<Answer>(cancellationToken))?.Results is [{ Flagged: not null }, ..] results
                ? results.Where(result => result.Flagged is true).Select(NameOf).FirstOrDefault()
                : throw new ModeratorUnavailableException($"{options.Value.Url} did not answer as OpenAI's /v1/moderations does: 'results' with 'flagged' is missing.");
        }
        catch (Exception error) when (error is HttpRequestException or ExecutionRejectedException or JsonException or IOException)
        {
            throw new ModeratorUnavailableException($"{options.Value.Url}: {error.Message}", error);
        }
    }

    /// <summary>The category that is surest.</summary>
    private static string NameOf(Result result) =>
        result.Categories?.Where(category => category.Value is true).OrderByDescending(category => result.Scores?.GetValueOrDefault(category.Key)).Select(category => category.Key).FirstOrDefault() ?? Unnamed;

    private sealed record Question(
        [property: JsonPropertyName("input")] string Input, [property: JsonPropertyName("model"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Model);

    private sealed record Answer([property: JsonPropertyName("results")] IReadOnlyList<Result>? Results);

    private sealed record Result(
        [property: JsonPropertyName("flagged")] bool? Flagged,
        [property: JsonPropertyName("categories")] IReadOnlyDictionary<string, bool?>? Categories,
        [property: JsonPropertyName("category_scores")] IReadOnlyDictionary<string, double?>? Scores);
}
