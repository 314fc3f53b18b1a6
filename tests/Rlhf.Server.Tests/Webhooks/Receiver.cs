using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rlhf.Server.Tests.Webhooks;

/// <summary>Who is told: a real server of its own, which checks each signature as a receiver would.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    public const string Secret = "whsec_bm9ib2R5IGtub3dzIHRoaXMga2V5ISE=";
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Id, string Type, JsonNode Data)> _taken = new();

    private Receiver(WebApplication app) => _app = app;

    /// <summary>How it answers now.</summary>
    public HttpStatusCode Answer { get; set; } = HttpStatusCode.NoContent;

    /// <summary>Where it is slow: each request waits for a turn here before it is answered.</summary>
    public SemaphoreSlim? Turns { get; set; }

    /// <summary>Requests that came, taken or not.</summary>
    public int Asked { get; private set; }

    /// <summary>Requests whose signature was wrong.</summary>
    public int Forged { get; private set; }

    /// <summary>What it took, in order.</summary>
    public IReadOnlyList<(string Id, string Type, JsonNode Data)> Taken => [.. _taken];

    public string Url => _app.Urls.Single() + "/hook?token=hidden";

    public static async Task<Receiver> StartAsync(string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(url);
        var receiver = new Receiver(app);
        app.MapPost("/hook", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        var body = await new StreamReader(request.Body).ReadToEndAsync();
        string Header(string name) => request.Headers[name].ToString();
        var signed = Encoding.UTF8.GetBytes($"{Header("webhook-id")}.{Header("webhook-timestamp")}.{body}");
        using var hash = new HMACSHA256(Convert.FromBase64String(Secret["whsec_".Length..]));
        lock (_taken)
        {
            Asked++;
        }

        await (Turns?.WaitAsync() ?? Task.CompletedTask);
        lock (_taken)
        {
            if (Header("webhook-signature") != "v1," + Convert.ToBase64String(hash.ComputeHash(signed)) || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(Header("webhook-timestamp"))) > 300)
            {
                Forged++;
                return Results.StatusCode(401);
            }

            if ((int)Answer < 300)
            {
                var told = JsonNode.Parse(body)!;
                _taken.Enqueue((Header("webhook-id"), (string)told["type"]!, told["data"]!));
            }

            return Results.StatusCode((int)Answer);
        }
    }
}
