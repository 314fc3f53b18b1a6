using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Rlhf.Contracts;
using Rlhf.Grains.Webhooks;
using Rlhf.Server.Feedback;

namespace Rlhf.Server.Webhooks;

/// <summary>Posts events, signed as Standard Webhooks (https://www.standardwebhooks.com) has it: HMAC-SHA256 over id, time and body, joined by dots.</summary>
internal sealed class HttpWebhookSender(IOptions<WebhookOptions> options, IOptions<JsonOptions> json, TimeProvider time) : IWebhookSender, IDisposable
{
    // A redirect would bring the message to whoever answers there.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) }) { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<string?> SendAsync(WebhookEndpoint endpoint, WebhookEvent told, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(Body(told), json.Value.SerializerOptions);
        var at = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
        request.Headers.Add("webhook-id", told.Id);
        request.Headers.Add("webhook-timestamp", at);
        request.Headers.Add("webhook-signature", $"v1,{Sign(endpoint.SigningKey, told.Id, at, body)}");
        using var patience = new CancellationTokenSource(options.Value.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"The endpoint answered {(int)response.StatusCode} to {told.Type} {told.Id}; it must be 2xx.");
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"The endpoint did not answer {told.Type} {told.Id} within {options.Value.Timeout.TotalSeconds:0.###} s (Webhooks:Timeout).");
        }
        catch (HttpRequestException error)
        {
            return $"The endpoint can't be reached: {error.Message}";
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The signature in base64.</summary>
    private static string Sign(byte[] key, string id, string at, byte[] body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{at}."), .. body];
        return Convert.ToBase64String(HMACSHA256.HashData(key, signed));
    }

    private JsonObject Body(WebhookEvent told) => new() { ["type"] = told.Type, ["timestamp"] = told.At, ["data"] = DataOf(told) };

    private JsonNode? DataOf(WebhookEvent told)
    {
        if (told.Outcome is { } outcome)
        {
            return new JsonObject { ["job_id"] = outcome.JobId, ["version"] = outcome.Version, ["outcome"] = outcome.Outcome, ["reason"] = outcome.Reason, ["seconds"] = outcome.Seconds };
        }

        var (sequence, said) = told.Feedback!;
        if (said.Erasure is { } erasure)
        {
            return new JsonObject
            {
                ["sequence"] = sequence,
                ["reason"] = erasure.Reason,
                ["erased"] = new JsonArray([.. erasure.Ranges.Select(range => new JsonObject { ["first"] = range.First, ["last"] = range.Last })]),
            };
        }

        var data = JsonSerializer.SerializeToNode(FeedbackBody.Of(FeedbackReceipt.Of(said), seesVersions: true), json.Value.SerializerOptions)!.AsObject();
        data["sequence"] = sequence;
        data["client"] = said.Client;
        return data;
    }
}
