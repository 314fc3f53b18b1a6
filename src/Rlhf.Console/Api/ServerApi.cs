using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Components.Authorization;

namespace Rlhf.WebConsole.Api;

/// <summary>The server's own HTTP endpoints, asked with the key of the person who is signed in.</summary>
public sealed class ServerApi(HttpClient client, AuthenticationStateProvider authentication)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <exception cref="ApiException">The server refuses; the message says why.</exception>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken = default) => SendAsync<T>(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Sends a body, or none.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <exception cref="ApiException">The server refuses; the message says why.</exception>
    public Task<T> PostAsync<T>(string path, object? body = null, CancellationToken cancellationToken = default) => SendAsync<T>(HttpMethod.Post, path, body, cancellationToken);

    /// <summary>Takes something back.</summary>
    /// <exception cref="ApiException">The server refuses; the message says why.</exception>
    public Task<JsonElement> DeleteAsync(string path, CancellationToken cancellationToken = default) => SendAsync<JsonElement>(HttpMethod.Delete, path, null, cancellationToken);

    /// <summary>Sends a body and reads any answer.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <exception cref="ApiException">The server refuses; the message says why.</exception>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var response = await OpenAsync(method, path, body, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return (await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken))!;
    }

    /// <summary>Sends a body and reads server-sent events until <c>[DONE]</c>.</summary>
    /// <exception cref="ApiException">The server refuses, also in the middle; the message says why.</exception>
    internal async IAsyncEnumerable<T> StreamAsync<T>(string path, object body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await OpenAsync(HttpMethod.Post, path, body, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (item.Data == "[DONE]")
            {
                yield break;
            }

            var data = JsonSerializer.Deserialize<JsonElement>(item.Data);
            yield return data.TryGetProperty("error", out var error)
                ? throw new ApiException(HttpStatusCode.InternalServerError, error.GetProperty("message").GetString() ?? "The reply broke off.")
                : data.Deserialize<T>(Json)!;
        }

        throw new ApiException(HttpStatusCode.BadGateway, "The connection broke off before the reply ended.");
    }

    /// <summary>Opens a response whose status is good.</summary>
    internal async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, object? body, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        var session = Session.Of((await authentication.GetAuthenticationStateAsync()).User);
        session.AddTo(request);
        request.Content = body is null ? null : JsonContent.Create(body, options: Json);
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw new ApiException(HttpStatusCode.BadGateway, $"The server can't be reached: {error.Message}");
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new ApiException(response.StatusCode, await ReasonOfAsync(response, cancellationToken));
        }
    }

    /// <summary>Errors come in OpenAI's shape or as problem details.</summary>
    private static async Task<string> ReasonOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return body.TryGetProperty("error", out var error) && error.TryGetProperty("message", out var message) ? message.GetString()!
                : body.TryGetProperty("detail", out var detail) ? detail.GetString()!
                : $"The server answered {(int)response.StatusCode}.";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException)
        {
            return $"The server answered {(int)response.StatusCode}.";
        }
    }
}
