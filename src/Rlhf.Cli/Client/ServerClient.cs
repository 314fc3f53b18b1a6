using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Cli.Client;

/// <summary>The server as its users see it: over HTTP and in no other way.</summary>
internal sealed class ServerClient(Uri address) : IDisposable
{
    private const int Attempts = 8;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // Not an option of the command line: what stands there, every user of the machine can read.
    private const string KeyVariable = "RLHF_KEY";

    private readonly HttpClient _http = new()
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromMinutes(5),
        DefaultRequestHeaders = { Authorization = Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? new AuthenticationHeaderValue("Bearer", key) : null },
    };

    public Uri Address => address;

    /// <summary>Whether a server answers here and is ready to serve.</summary>
    public async Task<bool> ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync("health/ready", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The models: <c>name</c> lets the server choose a version, <c>name:version</c> pins one.</summary>
    public async Task<IReadOnlyList<string>> ModelsAsync(CancellationToken cancellationToken)
    {
        var models = await SendAsync(HttpMethod.Get, "v1/models", null, cancellationToken);
        return [.. Field<ModelName[]>(models, "data").Select(m => m.Id)];
    }

    public async Task<Reply> ChatAsync(Prompt prompt, CancellationToken cancellationToken)
    {
        var completion = await SendAsync(HttpMethod.Post, "v1/chat/completions", prompt, cancellationToken);
        return new Reply(
            Field<string>(completion, "id"),
            Field<string>(completion, "model_version"),
            Field<Choice[]>(completion, "choices") is [{ Message.Content: { } text }, ..] ? text : "");
    }

    /// <summary>Gives feedback in the words of <c>POST /v1/feedback</c>.</summary>
    public Task FeedbackAsync(object feedback, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, "v1/feedback", feedback, cancellationToken);

    /// <summary>Compares replies: the completions, best first, those of one element tied.</summary>
    public Task CompareAsync(IReadOnlyList<IReadOnlyList<string>> ranking, string rater, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "v1/comparisons", new { ranking, rater }, cancellationToken);

    public async Task<ImportReceipt> ImportAsync(IReadOnlyList<RecordedThumb> items, CancellationToken cancellationToken) =>
        As<ImportReceipt>(await SendAsync(HttpMethod.Post, "v1/feedback/import", new { items }, cancellationToken));

    /// <summary>The lines of an answer that is too long to be held.</summary>
    /// <exception cref="CommandException">The server refuses, or breaks off.</exception>
    public async IAsyncEnumerable<string> LinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await AnswerAsync(request, cancellationToken, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
        {
            throw new RefusedByServerException(response.StatusCode, $"GET {address}{path} was refused with {(int)response.StatusCode}: {Reason(await response.Content.ReadAsStringAsync(cancellationToken))}");
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await NextAsync(reader, cancellationToken) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Makes what is summed up from the ledger anew.</summary>
    public async Task<Dictionary<string, RebuiltPart>> RebuildAsync(CancellationToken cancellationToken) =>
        As<Dictionary<string, RebuiltPart>>(await SendAsync(HttpMethod.Post, "v1/rebuild", new { }, cancellationToken));

    public async Task<StartedJob> TrainAsync(CancellationToken cancellationToken) =>
        As<StartedJob>(await SendAsync(HttpMethod.Post, "v1/learner/train", new { }, cancellationToken));

    public async Task<LearnerState> LearnerAsync(CancellationToken cancellationToken) =>
        As<LearnerState>(await SendAsync(HttpMethod.Get, "v1/learner", null, cancellationToken));

    public void Dispose() => _http.Dispose();

    // A server that is busy (429, 503) says when to come again, and every request here may be made twice: a chat that was
    // refused drew nothing, a thumb overwrites itself, an import knows what it has.
    private async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path)
            {
                Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: Wire.Json),
            };
            using var response = await AnswerAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return Parsed(text) ?? throw new CommandException($"{address}{path} answered with what is no JSON object: {Start(text)}");
            }

            var busy = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
            if (!busy || attempt == Attempts)
            {
                throw new RefusedByServerException(response.StatusCode, $"{method} {address}{path} was refused with {(int)response.StatusCode}: {Reason(text)}");
            }

            await Task.Delay(Pause(response, attempt), cancellationToken);
        }
    }

    private async Task<string?> NextAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new CommandException($"The server at {address} broke off: {e.Message}");
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(
        HttpRequestMessage request, CancellationToken cancellationToken, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        try
        {
            return await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new CommandException($"The server at {address} does not answer: {e.Message}");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"The server at {address} did not answer {request.Method} {request.RequestUri} within {_http.Timeout.TotalMinutes:0} minutes.");
        }
    }

    private static TimeSpan Pause(HttpResponseMessage response, int attempt)
    {
        var asked = response.Headers.RetryAfter?.Delta ?? TimeSpan.FromMilliseconds(100 << attempt);
        return asked < LongestPause ? asked : LongestPause;
    }

    // OpenAI's shape on its routes, ProblemDetails on the others.
    private static string Reason(string text)
    {
        var body = Parsed(text);
        return (string?)(body?["error"]?["message"] ?? body?["detail"] ?? body?["title"]) ?? Start(text);
    }

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Start(string text) => text.Length switch
    {
        0 => "an empty answer",
        > 200 => text[..200] + " …",
        _ => text,
    };

    private T Field<T>(JsonNode answer, string name) => Read<T>(answer[name], $"no '{name}' that is any use", answer);

    private T As<T>(JsonNode answer) => Read<T>(answer, $"no {typeof(T).Name}", answer);

    private T Read<T>(JsonNode? node, string fault, JsonNode answer)
    {
        try
        {
            if (node.Deserialize<T>(Wire.Json) is { } value)
            {
                return value;
            }
        }
        catch (JsonException)
        {
            // said below
        }

        throw new CommandException($"{address} answered with {fault}; is it this project's server? It said: {Start(answer.ToJsonString())}");
    }

    private sealed record ModelName(string Id);

    private sealed record Choice(Message Message);
}
