using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rlhf.Cli.Simulation;

/// <summary>An AI judge that is none: it answers as a judge behind an address of OpenAI's shape does, by a part of the raters' taste. So it errs as models do: never by chance, but wherever what
/// its constitution leaves out would decide.</summary>
internal sealed class ScriptedJudge : IAsyncDisposable
{
    // Tastes have a handful of terms; of one with more the first are tried.
    private const int MostTermsTried = 10;

    private readonly WebApplication _app;
    private Func<string, bool> _likes = _ => false;

    private ScriptedJudge(WebApplication app) => _app = app;

    /// <summary>Starts one on a free port of this machine.</summary>
    public static async Task<ScriptedJudge> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var judge = new ScriptedJudge(app);
        app.MapPost("/v1/chat/completions", judge.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return judge;
    }

    /// <summary>The settings of a server whose reward model learns from this judge's labels of so many replies a training, whatever people say beside it.</summary>
    public IEnumerable<string> Settings(int labels) =>
        [$"Learner:Judge:Url={_app.Urls.Single()}/v1", "Learner:Judge:Model=scripted", $"Learner:Judge:Label:Most={labels}", "Learner:Judge:Label:Share=1"];

    /// <summary>Takes on those terms of a taste by which it agrees with the whole as often as it is to.</summary>
    /// <param name="taste">The raters' taste.</param>
    /// <param name="replies">Replies of the base model. Like the raters, the judge likes what is better than their median.</param>
    /// <param name="agreement">On which share of them it is to agree.</param>
    /// <returns>On which share it does: the nearest that there is.</returns>
    public double TakeOn(Taste taste, IReadOnlyList<string> replies, double agreement)
    {
        var raters = Liking(taste, replies);
        var (likes, share) = Parts(taste).Select(part => Liking(part, replies))
            .Select(own => (Likes: own, Share: replies.Count(reply => own(reply) == raters(reply)) / (double)replies.Count))
            .MinBy(judge => Math.Abs(judge.Share - agreement));
        _likes = likes;
        return share;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Func<string, bool> Liking(Taste taste, IReadOnlyList<string> replies)
    {
        var median = RaterPool.Median(replies.Select(taste.Gold));
        return reply => taste.Gold(reply) > median;
    }

    /// <summary>The taste with some of its terms, the whole first.</summary>
    private static IEnumerable<Taste> Parts(Taste taste)
    {
        var terms = Math.Min(MostTermsTried, taste.Features.Count + (taste.Length is null ? 0 : 1));
        for (var left = 0; left < (1 << terms) - 1; left++)
        {
            var without = left;
            yield return taste with
            {
                Features = [.. taste.Features.Where((_, i) => i >= MostTermsTried || (without & (1 << i)) == 0)],
                Length = taste.Features.Count < MostTermsTried && (without & (1 << taste.Features.Count)) != 0 ? null : taste.Length,
            };
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var question = await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        var reply = (string)JsonNode.Parse((string)question!["messages"]!.AsArray()[^1]!["content"]!)!["reply"]!;
        var content = _likes(reply) ? """{"score": 10}""" : """{"score": 1}""";
        await http.Response.WriteAsJsonAsync(new { choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } } });
    }
}
