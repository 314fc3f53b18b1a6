using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Model;

/// <summary>The model that serves and the model that learns are two programs for one function; these tests hold them together.</summary>
public sealed class TwinTests
{
    private const float Bound = 1e-3f;

    /// <summary>Query heads, key and value heads, tied embeddings, adapter.</summary>
    public static TheoryData<int, int, bool, bool> Shapes => new()
    {
        { 4, 4, true, false },
        { 4, 2, true, false },
        { 4, 2, true, true },
        { 4, 1, false, true },
        { 8, 2, false, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Logits_of_both_agree(int heads, int keyValueHeads, bool tied, bool adapted)
    {
        var model = TinyModels.Create(seed: 11, tied, heads, keyValueHeads, context: 200);
        var adapter = adapted ? TinyModels.Adapter(model.Config, Projections.All) : null;
        var ids = TinyModels.Ids(180, seed: 2);

        var served = new LogitsEvaluator(model, adapter).Logits(ids);

        using var lm = CausalLm.From(model);
        using var lora = adapter is null ? null : new LoraParameters(model.Config, adapter);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var learned = lm.Logits(lm.Hidden(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]), lora)).ToArray();   // (1, 180, 300)
        Assert.Equal(served.Length * model.Config.VocabularySize, learned.Length);
        Assert.True(served.Max(row => row.Max()) > 1, "logits this flat would agree whatever the models did");
        Assert.InRange(served.SelectMany(row => row).Zip(learned, (one, other) => Math.Abs(one - other)).Max(), 0, Bound);
    }

    /// <summary>Family, how its context was stretched, whether with an adapter.</summary>
    public static TheoryData<ModelFamily, string, bool> Families
    {
        get
        {
            var data = new TheoryData<ModelFamily, string, bool>();
            foreach (var adapted in new[] { false, true })
            {
                data.Add(ModelFamily.Gpt2, "", adapted);
                data.Add(ModelFamily.Qwen2, "", adapted);
                data.Add(ModelFamily.Mistral, "", adapted);
                data.Add(ModelFamily.Llama, "linear", adapted);
                data.Add(ModelFamily.Llama, "llama3", adapted);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Logits_and_log_probs_agree_in_every_family(ModelFamily family, string scaling, bool adapted)
    {
        RopeScaling? stretched = scaling switch { "linear" => new RopeScaling.Linear(2.5), "llama3" => new RopeScaling.Llama3(8, 1, 4, 100), _ => null };
        var model = TinyModels.Create(seed: 11, keyValueHeads: family == ModelFamily.Gpt2 ? 4 : 2, context: 200, family: family, scaling: stretched);
        var adapter = adapted ? TinyModels.Adapter(model.Config, Projections.Of(model.Config)) : null;
        var ids = TinyModels.Ids(180, seed: 2);

        var served = new LogitsEvaluator(model, adapter).Logits(ids);
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = 2 });
        engine.Load("version", adapter);
        var reply = await engine.CompleteAsync(new GenerationRequest { Version = "version", Prompt = ids[..40], MaxTokens = 30, Sampling = new SamplingOptions { Temperature = 1, Seed = 3 } });

        // From here on one thread: whether there are gradients is a thread's own.
        using var lm = CausalLm.From(model);
        using var lora = adapter is null ? null : new LoraParameters(model.Config, adapter);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var learned = lm.Logits(lm.Hidden(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]), lora)).ToArray();   // (1, 180, 300)
        Assert.True(served.Max(row => row.Max()) > 1, "logits this flat would agree whatever the models did");
        Assert.InRange(served.SelectMany(row => row).Zip(learned, (one, other) => Math.Abs(one - other)).Max(), 0, Bound);

        long[] all = [.. ids[..40], .. reply.Tokens];
        var positions = Enumerable.Range(39, reply.Tokens.Length).Select(position => (long)position).ToArray();
        var logProbs = lm.TokenLogProbs(lm.Hidden(tensor(all, [1, all.Length]), lora), tensor(positions), tensor(reply.Tokens.Select(id => (long)id).ToArray())).ToArray();
        Assert.InRange(reply.LogProbs.Zip(logProbs, (one, other) => Math.Abs(one - other)).Max(), 0, Bound);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_weight_and_every_pair_gets_a_gradient_and_comes_back(ModelFamily family, string scaling, bool adapted)
    {
        Assert.NotNull(scaling);
        var model = TinyModels.Create(seed: 4, keyValueHeads: family == ModelFamily.Gpt2 ? 4 : 2, family: family);
        using var lm = CausalLm.From(model, trainable: !adapted);
        using var lora = adapted ? new LoraParameters(model.Config, TinyModels.Adapter(model.Config, Projections.Of(model.Config))) : null;
        var weights = lm.ToWeights();
        Assert.Equal(model.Weights.Tensors.Keys.Order(), weights.Tensors.Keys.Order());
        Assert.All(model.Weights.Tensors, tensor => Assert.Equal(tensor.Value.Values, weights[tensor.Key].Values));

        using var scope = NewDisposeScope();
        lm.Logits(lm.Hidden(tensor(Array.ConvertAll(TinyModels.Ids(20, seed: 2), id => (long)id), [1, 20]), lora)).logsumexp(-1).sum().backward();
        var trained = (adapted ? lora!.parameters() : lm.parameters()).ToArray();
        Assert.NotEmpty(trained);
        // A bias on keys moves all scores of a query alike, so it alone may have none; it shares its tensor with queries and values here.
        Assert.All(trained, parameter => Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Log_probs_of_sampled_tokens_agree(int heads, int keyValueHeads, bool tied, bool adapted)
    {
        const double temperature = 0.8;
        var model = TinyModels.Create(seed: 12, tied, heads, keyValueHeads);
        var adapter = adapted ? TinyModels.Adapter(model.Config, Projections.All) : null;
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = 2 });
        engine.Load("version", adapter);
        var prompts = Enumerable.Range(0, 6).Select(i => model.Template.Render([("user", new string('o', i) + "ne large latte")], openAssistant: true)).ToArray();
        var replies = await Task.WhenAll(prompts.Select((prompt, i) => engine.CompleteAsync(new GenerationRequest
        {
            Version = "version",
            Prompt = prompt,
            MaxTokens = 24,
            Sampling = new SamplingOptions { Temperature = temperature, Seed = (ulong)i },
        })));

        // One padded batch, as training has it.
        var columns = prompts.Zip(replies, (prompt, reply) => prompt.Length + reply.Tokens.Length).Max();
        var ids = new long[prompts.Length * columns];
        Array.Fill(ids, model.Template.EndId);
        var (positions, targets, sampled) = (new List<long>(), new List<long>(), new List<float>());
        for (var row = 0; row < prompts.Length; row++)
        {
            int[] all = [.. prompts[row], .. replies[row].Tokens];
            for (var t = 0; t < all.Length; t++)
                ids[(row * columns) + t] = all[t];
            for (var i = 0; i < replies[row].Tokens.Length; i++)
            {
                positions.Add((row * columns) + prompts[row].Length + i - 1);
                targets.Add(replies[row].Tokens[i]);
                sampled.Add(replies[row].LogProbs[i]);
            }
        }

        using var lm = CausalLm.From(model);
        using var lora = adapter is null ? null : new LoraParameters(model.Config, adapter);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var hidden = lm.Hidden(tensor(ids, [prompts.Length, columns]), lora);                                                // (6, T, 32)
        var learned = lm.TokenLogProbs(hidden, tensor(positions.ToArray()), tensor(targets.ToArray()), temperature).ToArray();
        Assert.InRange(sampled.Zip(learned, (one, other) => Math.Abs(one - other)).Max(), 0, Bound);
    }
}
