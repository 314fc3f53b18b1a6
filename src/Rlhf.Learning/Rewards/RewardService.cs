using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Rlhf.Learning.Rewards;

/// <summary>
/// A service over HTTP that a component of the reward asks. One question is one attempt with a time limit, and is asked again, with longer and longer
/// pauses or when the service says (<c>Retry-After</c>), where that may help: it is busy, breaks off, is slow, or answers what can't be read.
/// </summary>
/// <param name="component">The component, for errors.</param>
/// <param name="url">The address that questions are posted to.</param>
/// <param name="options">Key, time limit and attempts.</param>
internal sealed class RewardService(string component, Uri url, RewardServiceOptions options) : IDisposable
{
    private const int MostCharactersQuoted = 200;
    private const int LargestAnswer = 16 << 20;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each attempt has its own limit
        MaxResponseContentBufferSize = LargestAnswer,
    };

    private readonly ResiliencePipeline _pipeline = Pipeline(options);

    /// <summary>Asks, and reads the answer.</summary>
    /// <param name="question">The body.</param>
    /// <param name="read">Reads the answer; a <see cref="FormatException"/> says what is wrong with it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RewardComponentException">There is no readable answer after all attempts.</exception>
    public async Task<T> AskAsync<T>(JsonNode question, Func<JsonNode, T> read, CancellationToken cancellationToken)
    {
        var body = question.ToJsonString();
        try
        {
            return await _pipeline.ExecuteAsync(async stop => await AttemptAsync(body, read, stop), cancellationToken);
        }
        catch (TimeoutRejectedException e)
        {
            throw new RewardComponentException(component, FormattableString.Invariant($"{url} did not answer within {options.Timeout.TotalSeconds} s."), e);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> AttemptAsync<T>(string body, Func<JsonNode, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            request.Headers.Authorization = options.Key is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? Read(text, read) : throw Refused(response, text);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException)
        {
            throw new RewardComponentException(component, $"{url} can't be reached: {e.Message}", e);
        }
    }

    private T Read<T>(string text, Func<JsonNode, T> read)
    {
        try
        {
            return read(JsonNode.Parse(text) ?? throw new FormatException("null is no answer"));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new RewardComponentException(component, $"{url} answered what can't be used: {e.Message.TrimEnd('.')}. It said: {Start(text)}", e);
        }
    }

    private RewardComponentException Refused(HttpResponseMessage response, string text) =>
        new(component, $"{url} answered with status {(int)response.StatusCode}: {Start(text)}")
        {
            Status = response.StatusCode,
            IsTransient = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
            RetryAfter = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - options.Clock.GetUtcNow() : null,
        };

    private static string Start(string text) => text.Length switch
    {
        0 => "nothing.",
        > MostCharactersQuoted => text[..MostCharactersQuoted] + " …",
        _ => text,
    };

    private static ResiliencePipeline Pipeline(RewardServiceOptions options)
    {
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = options.Clock };
        if (options.Retries > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.Retries,
                Delay = options.FirstPause,
                MaxDelay = LongestPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<RewardComponentException>(e => e.IsTransient).Handle<TimeoutRejectedException>(),
                DelayGenerator = retry => ValueTask.FromResult<TimeSpan?>(
                    retry.Outcome.Exception is RewardComponentException { RetryAfter: { } wanted } ? TimeSpan.FromTicks(Math.Clamp(wanted.Ticks, 0, LongestPause.Ticks)) : null),
            });
        }

        return pipeline.AddTimeout(options.Timeout).Build();
    }
}
