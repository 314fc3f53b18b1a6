using System.Net;

namespace Rlhf.Testing;

/// <summary>What a proxy does with one request.</summary>
internal enum Fault
{
    /// <summary>It passes on.</summary>
    None,

    /// <summary>It is answered 503 and goes no further.</summary>
    Busy,

    /// <summary>It passes on, but is answered that its time ran out.</summary>
    AnswerLost,

    /// <summary>It is not answered.</summary>
    Silence,

    /// <summary>It passes on when <see cref="FaultyProxy.Hold"/> has ended.</summary>
    Late,
}

/// <summary>A real proxy between a client and Azurite, which does to each request what it is told to.</summary>
internal sealed class FaultyProxy : IDisposable
{
    private readonly HttpListener listener;
    private readonly HttpClient behind = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly CancellationTokenSource closing = new();
    private readonly Uri service;

    public FaultyProxy(int servicePort)
    {
        service = new Uri($"http://127.0.0.1:{servicePort}");
        (listener, Port) = Listen();
        _ = ServeAsync();
    }

    public int Port { get; }

    public string ConnectionString => AzuriteServer.ConnectionFor(Port);

    /// <summary>What happens to the next requests. Asked from many threads.</summary>
    public Func<HttpListenerRequest, Fault> Rule { get; set; } = _ => Fault.None;

    /// <summary>What a request waits for that is to be late.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public void Dispose()
    {
        closing.Cancel();
        listener.Close();
        behind.Dispose();
    }

    /// <summary>An <see cref="HttpListener"/> can't ask for any port that is free: it tries some until it has one.</summary>
    private static (HttpListener Listener, int Port) Listen()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 30_000);
            var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
            try
            {
                listener.Start();
                return (listener, port);
            }
            catch (HttpListenerException)
            {
                listener.Close(); // somebody has it
            }
        }
    }

    private async Task ServeAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => AnswerAsync(context));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var fault = Rule(context.Request);
            if (fault == Fault.Late)
            {
                await Hold.WaitAsync(closing.Token);
            }

            switch (fault)
            {
                case Fault.Busy:
                    Refuse(context, 503, "ServerBusy");
                    break;
                case Fault.AnswerLost:
                    using (await PassOnAsync(context.Request))
                    {
                        Refuse(context, 500, "OperationTimedOut");
                    }

                    break;
                case Fault.Silence:
                    await Task.Delay(Timeout.Infinite, closing.Token);
                    break;
                default:
                    using (var answer = await PassOnAsync(context.Request))
                    {
                        await CopyAsync(answer, context.Response);
                    }

                    break;
            }
        }
        catch (Exception e) when (e is HttpRequestException or HttpListenerException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            Refuse(context, 503, "ServerBusy"); // the service or the client is gone
        }
    }

    private static void Refuse(HttpListenerContext context, int status, string code)
    {
        try
        {
            context.Response.StatusCode = status;
            context.Response.Headers["x-ms-error-code"] = code;
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // nobody is left to hear it
        }
    }

    private async Task<HttpResponseMessage> PassOnAsync(HttpListenerRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.HttpMethod), new Uri(service, request.RawUrl));
        var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body, closing.Token);
        if (body.Length > 0)
        {
            message.Content = new ByteArrayContent(body.ToArray());
        }

        foreach (var name in request.Headers.AllKeys.OfType<string>().Where(name => name is not ("Host" or "Content-Length" or "Connection")))
        {
            if (!message.Headers.TryAddWithoutValidation(name, request.Headers[name]))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, request.Headers[name]);
            }
        }

        return await behind.SendAsync(message, closing.Token);
    }

    private static async Task CopyAsync(HttpResponseMessage answer, HttpListenerResponse response)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (name is not ("Transfer-Encoding" or "Content-Length" or "Connection" or "Keep-Alive" or "Date" or "Server"))
            {
                response.Headers[name] = string.Join(",", values);
            }
        }

        var body = await answer.Content.ReadAsByteArrayAsync();
        response.ContentLength64 = body.Length;
        if (body.Length > 0)
        {
            await response.OutputStream.WriteAsync(body);
        }

        response.Close();
    }
}
