using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Rlhf.Benchmarks.Serving;

/// <summary>Asks over HTTP and reads the stream as it comes.</summary>
internal sealed class ChatClient(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = address };

    /// <summary>Promotes a version.</summary>
    public async Task PromoteAsync(string version)
    {
        using var response = await _http.PostAsync($"v1/versions/{version}/promote", null);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"The server did not promote '{version}': {await response.Content.ReadAsStringAsync()}");
    }

    public async Task<StreamedReply> AskAsync(int n)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new
        {
            model = "demo",
            messages = new[] { new { role = "system", content = Orders.System }, new { role = "user", content = Orders.User(n) } },
            stream = true,
            stream_options = new { include_usage = true },
            max_tokens = Orders.MaxTokens,
            temperature = Orders.Temperature,
            seed = n,
        }));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = content };
        var asked = Stopwatch.GetTimestamp();
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"The server refused a chat: {await response.Content.ReadAsStringAsync()}");
        await using var body = await response.Content.ReadAsStreamAsync();
        return await ReadAsync(body, asked);
    }

    public void Dispose() => _http.Dispose();

    // Text is an arrival; what only opens or ends the reply is none.
    private static async Task<StreamedReply> ReadAsync(Stream body, long asked)
    {
        TimeSpan? first = null;
        var gaps = new List<TimeSpan>();
        var last = asked;
        var buffer = new byte[16 * 1024];
        var filled = 0;
        var tokens = 0;
        while (true)
        {
            var read = await body.ReadAsync(buffer.AsMemory(filled));
            if (read == 0)
                throw new InvalidDataException($"A stream broke off after: {Encoding.UTF8.GetString(buffer, 0, filled)}");
            var now = Stopwatch.GetTimestamp();
            filled += read;
            var start = 0;
            for (var end = Next(); end >= 0; end = Next())
            {
                var data = buffer.AsSpan(start, end);
                start += end + 2;
                if (data.SequenceEqual("data: [DONE]"u8))
                    return new StreamedReply(first ?? Stopwatch.GetElapsedTime(asked, now), gaps, tokens);
                if (data.IndexOf("\"completion_tokens\":"u8) is >= 0 and var at)
                    tokens = Number(data[(at + "\"completion_tokens\":"u8.Length)..]);
                if (data.IndexOf("\"content\":\""u8) is not (>= 0 and var text) || data[text + "\"content\":\""u8.Length] == '"')
                    continue;
                if (first is null)
                    first = Stopwatch.GetElapsedTime(asked, now);
                else
                    gaps.Add(Stopwatch.GetElapsedTime(last, now));
                last = now;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;

            int Next() => buffer.AsSpan(start, filled - start).IndexOf("\n\n"u8);
        }
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        _ = System.Buffers.Text.Utf8Parser.TryParse(digits, out int number, out _);
        return number;
    }
}
