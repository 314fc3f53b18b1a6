using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Inference;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Chat;

public sealed class BestOfTests : IDisposable
{
    private const int Several = 4;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_reply_is_the_best_of_those_that_its_seeds_give_and_the_answer_tells_how_many_were_drawn()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        var judge = await PublishAsync(server, "v1");
        const int seed = 11;
        var alone = new List<JsonNode>();
        foreach (var each in (long[])[seed, .. Enumerable.Range(1, Several - 1).Select(i => unchecked((long)SeededRandom.Hash(seed, $"candidate {i}")))])
        {
            alone.Add(await server.ChatAsync("A latte.", Drawn(each)));
        }

        var scores = Score(judge, [.. alone.Select(Text)]);
        var best = alone[scores.IndexOf(scores.Max())];
        var chosen = await server.ChatAsync("A latte.", [.. Drawn(seed), ("best_of", Several), ("logprobs", true), ("top_logprobs", 2)]);

        Assert.Equal((Text(best), "v1"), (Text(chosen), (string?)chosen["model_version"]));
        Assert.Equal((int)best["usage"]!["completion_tokens"]!, (int)chosen["usage"]!["completion_tokens"]!);
        Assert.Equal((int)best["usage"]!["prompt_tokens"]!, (int)chosen["usage"]!["prompt_tokens"]!);
        Assert.Equal(
            (Several, alone.Sum(reply => (int)reply["usage"]!["completion_tokens"]!)),
            ((int)chosen["usage"]!["completion_tokens_details"]!["drawn_replies"]!, (int)chosen["usage"]!["completion_tokens_details"]!["drawn_tokens"]!));
        Assert.Null(alone[0]["usage"]!["completion_tokens_details"]);
        Assert.NotEmpty(chosen["choices"]![0]!["logprobs"]!["content"]!.AsArray());
        Assert.All(chosen["choices"]![0]!["logprobs"]!["content"]!.AsArray(), token => Assert.Equal(2, token!["top_logprobs"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_stream_brings_the_reply_when_it_is_chosen_and_each_of_several_choices_is_chosen_apart()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        await PublishAsync(server, "v1");
        var whole = await server.ChatAsync("A latte.", [.. Drawn(3), ("best_of", Several)]);
        using var stream = await server.AskAsync("A latte.", [.. Drawn(3), ("best_of", Several), ("stream", true), ("stream_options", new { include_usage = true })]);
        var events = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        var chunks = events[..^1].Select(data => JsonNode.Parse(data["data: ".Length..])!).ToList();

        var content = Assert.Single(chunks, chunk => chunk["choices"]!.AsArray() is [{ } choice] && (string?)choice["delta"]!["content"] is { Length: > 0 });
        Assert.Equal(Text(whole), (string?)content["choices"]![0]!["delta"]!["content"]);
        Assert.Equal(whole["usage"]!.ToJsonString(), chunks[^1]["usage"]!.ToJsonString());

        var two = await server.ChatAsync("A latte.", [.. Drawn(3), ("best_of", Several), ("n", 2)]);
        Assert.Equal(2, two["choices"]!.AsArray().Count);
        Assert.Equal(Text(whole), Text(two));
        Assert.Equal(2 * Several, (int)two["usage"]!["completion_tokens_details"]!["drawn_replies"]!);
    }

    [Fact]
    public async Task Nothing_that_learns_later_finds_log_probs_of_a_chosen_reply()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Serving:BestOf=2", "--Serving:Conservative=WorstCase", "--Learner:Reward:Conservative=WorstCase");
        await PublishAsync(server, "v1");
        var chosen = await server.ChatAsync("A latte.", Drawn(1));
        var drawn = await server.ChatAsync("A latte.", [.. Drawn(1), ("best_of", 1)]);
        await server.ThumbAsync((string)chosen["id"]!, up: true, "ann");
        await server.ThumbAsync((string)drawn["id"]!, up: true, "ann");

        foreach (var (reply, learnable) in ((JsonNode, bool)[])[(chosen, false), (drawn, true)])
        {
            var (_, conversation) = await server.GetAsync($"v1/conversations/{reply["conversation_id"]}");
            var turn = conversation["turns"]![0]!;
            Assert.Equal((int)reply["usage"]!["completion_tokens"]!, turn["tokens"]!.AsArray().Count);
            Assert.Equal(learnable, turn["log_probs"]!.AsArray().Count > 0);
            var thumb = Assert.Single(await server.Services.GetRequiredService<IFeedbackLedger>().ReadConversationAsync((string)reply["conversation_id"]!)).Event;
            Assert.Equal(learnable, thumb.LogProbs.Length > 0);
        }
    }

    [Fact]
    public async Task A_client_that_goes_away_frees_all_places_and_all_places_in_the_queue()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, $"--Model:Path={TinyModel.Endless}", "--Serving:MaxBatch=2");
        await PublishAsync(server, "v1");
        var engine = server.Services.GetRequiredService<DecodeEngine>();

        using (await server.ConnectAsync("It never ends.", ("temperature", 0.001), ("max_tokens", 90_000), ("best_of", Several)))
        {
            await RunningServer.Until(() => engine is { Running: 2, Waiting: 2 });
        }

        await RunningServer.Until(() => engine is { Running: 0, Waiting: 0 });
        await server.ChatAsync("The places are free.");
    }

    [Fact]
    public async Task Where_not_all_find_room_the_request_is_refused_and_none_stays()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Serving:MaxBatch=1", "--Serving:MaxQueue=1");
        await PublishAsync(server, "v1");
        using var refused = await server.Client.PostAsJsonAsync("v1/chat/completions", RunningServer.Ask("A latte.", [.. Drawn(1), ("best_of", 8), ("max_tokens", 200)]));

        Assert.Equal(429, (int)refused.StatusCode);
        var engine = server.Services.GetRequiredService<DecodeEngine>();
        await RunningServer.Until(() => engine is { Running: 0, Waiting: 0 });
    }

    public void Dispose() => _folder.Dispose();

    private static (string, object)[] Drawn(long seed) => [("temperature", 1), ("seed", seed), ("max_tokens", 20)];

    private static string Text(JsonNode reply) => (string)reply["choices"]![0]!["message"]!["content"]!;

    private static Task<Func<string, string[], double[][]>> PublishAsync(RunningServer server, string version) => PublishedVersion.PublishAsync(server, version);

    /// <summary>What the choice goes by, computed apart.</summary>
    private static List<double> Score(Func<string, string[], double[][]> judge, string[] replies) => [.. judge("A latte.", replies).Select(heads =>
    {
        var mean = heads.Average();
        return mean - (0.5 * Math.Sqrt(heads.Average(score => (score - mean) * (score - mean))));
    })];
}
