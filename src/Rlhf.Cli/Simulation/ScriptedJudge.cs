using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rlhf.Inference;

namespace Rlhf.Cli.Simulation;

/// <summary>An AI judge that is none: it answers as a judge behind an address of OpenAI's shape does, and shares the raters' taste in a share of cases. Which cases is drawn by the reply, so that
/// it says of equal replies the same, as a model does.</summary>
internal sealed class ScriptedJudge : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly double _agreement;
    private readonly ulong _seed;
    private Func<string, bool> _likes = _ => false;

    private ScriptedJudge(WebApplication app, double agreement, ulong seed) => (_app, _agreement, _seed) = (app, agreement, seed);

    /// <summary>Starts one on a free port of this machine.</summary>
    public static async Task<ScriptedJudge> StartAsync(double agreement, ulong seed, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var judge = new ScriptedJudge(app, agreement, seed);
        app.MapPost("/v1/chat/completions", judge.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return judge;
    }

    /// <summary>The settings of a server whose reward model learns from this judge's labels of so many replies a round, whatever people say beside it.</summary>
    public IEnumerable<string> Settings(int labels) =>
        [$"Learner:Judge:Url={_app.Urls.Single()}/v1", "Learner:Judge:Model=scripted", $"Learner:Judge:Label:Most={labels}", "Learner:Judge:Label:Share=1"];

    /// <summary>Says what the raters like.</summary>
    public void ShareTaste(Func<string, bool> likes) => _likes = likes;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var question = await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        var asked = JsonNode.Parse((string)question!["messages"]!.AsArray()[^1]!["content"]!)!;
        var reply = (string)asked["reply"]!;
        var agrees = SeededRandom.For(_seed, "judge/" + asked.ToJsonString(), 0).NextDouble() < _agreement;
        var content = _likes(reply) == agrees ? """{"score": 10}""" : """{"score": 1}""";
        await http.Response.WriteAsJsonAsync(new { choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } } });
    }
}
