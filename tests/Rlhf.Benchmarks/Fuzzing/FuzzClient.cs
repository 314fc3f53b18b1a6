using System.Net;
using System.Text;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>How a request ended.</summary>
/// <param name="Status">The status code; null where none came.</param>
/// <param name="Text">The beginning of the answer, or what went wrong.</param>
/// <param name="Hung">Whether no answer came in time.</param>
internal sealed record FuzzAnswer(int? Status, string Text, bool Hung = false);

/// <summary>Sends requests as they are written, and behaves as badly as they say.</summary>
internal sealed class FuzzClient : IDisposable
{
    /// <summary>The longest that an answer may take.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private const int Kept = 4096;
    private const int Large = 512 * 1024; // the server may well refuse it unread
    private const int SlowBytes = 48;
    private const int SlowReads = 60;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(3);
    private readonly HttpClient _http;
    private readonly string _address;

    public FuzzClient(Uri address)
    {
        _address = address.GetLeftPart(UriPartial.Authority);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request. An answer that a client who goes away does not wait for has no status.</summary>
    public async Task<FuzzAnswer> SendAsync(FuzzRequest request)
    {
        var answer = await SendOnceAsync(request);

        // A connection may have been closed after the request before, or the request answered before the whole body was sent: HttpClient tells of
        // the broken pipe alone. That is nobody's fault if the request is answered once it asks before it sends the body.
        return answer is { Status: null, Hung: false } && !request.GoesAway ? await SendOnceAsync(request with { Manner = Manner.Plain }, asks: true) : answer;
    }

    private async Task<FuzzAnswer> SendOnceAsync(FuzzRequest request, bool asks = false)
    {
        using var hanging = new CancellationTokenSource(Longest);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(hanging.Token);
        if (request.Manner == Manner.LeavesEarly)
            leaving.CancelAfter(request.Patience);
        try
        {
            using var message = Message(request);
            message.Headers.ExpectContinue = asks || request.Body?.Length > Large ? true : null;
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            return new FuzzAnswer((int)response.StatusCode, await ReadAsync(response, request.Manner, leaving.Token));
        }
        catch (OperationCanceledException) when (hanging.IsCancellationRequested)
        {
            return new FuzzAnswer(null, $"no answer within {Longest.TotalSeconds:F0} s", Hung: true);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            return new FuzzAnswer(null, error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message);
        }
    }

    private HttpRequestMessage Message(FuzzRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(_address + request.Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (request.Body is not null)
        {
            message.Content = request.Manner is Manner.SlowSender or Manner.BreaksOff ? new SlowContent(request.Body, request.Manner == Manner.BreaksOff) : new ByteArrayContent(request.Body);
            if (request.ContentType is not null)
                message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, Manner manner, CancellationToken cancellationToken)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var kept = new MemoryStream();
        var buffer = new byte[manner == Manner.SlowReader ? SlowBytes : 16 * 1024];
        var reads = 0;
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            // The beginning, and of a stream of events the end as well, where an error would stand.
            if (kept.Length > Kept)
                kept.SetLength(Kept / 2);
            kept.Position = kept.Length;
            kept.Write(buffer, 0, Math.Min(read, Kept));
            if (manner == Manner.LeavesInTheMiddle)
                break;
            if (manner == Manner.SlowReader && ++reads < SlowReads)
                await Task.Delay(s_pause, cancellationToken);
        }

        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    /// <summary>A body that comes in pieces, and perhaps not to its end.</summary>
    private sealed class SlowContent(byte[] body, bool breaksOff) : HttpContent
    {
        private const int Pieces = 5;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var size = Math.Max(1, body.Length / Pieces);
            for (var at = 0; at < body.Length; at += size)
            {
                if (breaksOff && at > body.Length / 2)
                    break;
                await stream.WriteAsync(body.AsMemory(at, Math.Min(size, body.Length - at)));
                await stream.FlushAsync();
                await Task.Delay(s_pause);
            }

            if (breaksOff)
                throw new IOException("The client broke off.");
        }

        /// <summary>A length that is known is announced; half of the bodies come in chunks.</summary>
        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return body.Length % 2 == 0;
        }
    }
}
