using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Algorithms;

/// <summary>A policy of random weights, and reward models that are known instead of learned.</summary>
internal sealed class ToyPolicy : IDisposable
{
    public const double Temperature = 0.8;

    public ToyPolicy()
    {
        Model = ToyChat.Model();
        Trunk = CausalLm.From(Model, threads: 2);
        Engine = new DecodeEngine(Model, new DecodeOptions { Threads = 1, MaxQueue = 4096 });
        Sampler = new EngineSampler(Model, Engine, Temperature, maxReplyTokens: 10);
        Prompts = [.. ToyChat.Prompts.Select(context => new RolloutPrompt(context, Model.Template.RenderToFit(context, 64)))];
    }

    public BaseModel Model { get; }

    public CausalLm Trunk { get; }

    public DecodeEngine Engine { get; }

    public EngineSampler Sampler { get; }

    public IReadOnlyList<RolloutPrompt> Prompts { get; }

    public PolicyTask Task(RewardEnsemble reward, LoraAdapter? start = null) => new(Trunk, reward, Sampler, start ?? Fresh(), Prompts, Seed: 1);

    public LoraAdapter Fresh(int rank = 4)
    {
        using var lora = new LoraParameters(Model.Config, new LoraOptions { Rank = rank, Alpha = 2 * rank }, seed: 1);
        return lora.ToAdapter();
    }

    /// <summary>An adapter that changes something: B is not zero.</summary>
    public LoraAdapter Changed()
    {
        var random = new Random(1);
        return new LoraAdapter(4, 8, Fresh().Modules.ToDictionary(module => module.Key, module => module.Value with
        {
            B = new WeightTensor([.. module.Value.B.Values.Select(_ => 0.2f * (random.NextSingle() - 0.5f))], module.Value.B.Shape),
        }));
    }

    /// <summary>A reward model that gives every reply the same score.</summary>
    public RewardEnsemble Indifferent(float word = 0) => Reward(_ => word, _ => 0);

    /// <summary>A reward model that gives NaN to a reply that has one of some words, and 0 to the others.</summary>
    public RewardEnsemble SometimesNaN() => Reward(word => word % 32 == 0 ? float.NaN : 0, _ => 0);

    /// <summary>A reward model that gives a point for each word more.</summary>
    public RewardEnsemble ManyWords() => Reward(_ => 0, knot => knot - 4);

    /// <summary>The policy's replies, scored by a reward model.</summary>
    public double MeanScore(RewardEnsemble reward, LoraAdapter policy, int replies = 512)
        => reward.Score([.. Replies(policy, replies).Select(reply => reward.Encoder.Encode(reply.Prompt.Context, reply.Text))], CancellationToken.None).Average();

    /// <summary>How many nats a token likelier a policy has made liked replies than disliked ones, beside the bare trunk.</summary>
    public double Margin(IReadOnlyList<RatedRollout> rated, LoraAdapter policy)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var noGradient = TorchSharp.torch.no_grad();
        using var lora = new LoraParameters(Model.Config, policy);
        var batch = RolloutBatch.Of([.. rated.Select(reply => reply.Rollout)], Trunk.Device);
        var after = Trunk.TokenLogProbs(Trunk.Hidden(batch.Ids, lora), batch.Positions, batch.Targets, Temperature).ToArray();
        var before = Trunk.TokenLogProbs(Trunk.Hidden(batch.Ids), batch.Positions, batch.Targets, Temperature).ToArray();
        var gains = rated.SelectMany(reply => Enumerable.Repeat(reply.Up, reply.Rollout.Reply.Length)).Zip(after.Zip(before, (a, b) => a - b)).ToLookup(pair => pair.First, pair => pair.Second);
        return gains[true].Average() - gains[false].Average();
    }

    public IReadOnlyList<Rollout> Replies(LoraAdapter? policy, int count, ulong seed = 77)
        => Sampler.Sample(policy, [.. Enumerable.Range(0, count).Select(i => Prompts[i % Prompts.Count])], seed, CancellationToken.None);

    /// <summary>The trunk's replies with the thumbs of somebody who likes many words.</summary>
    public IReadOnlyList<RatedRollout> Rated(int count)
    {
        var replies = Replies(policy: null, count, seed: 5);
        var median = replies.Select(Words).Order().ElementAt(count / 2);
        return [.. replies.Select(reply => new RatedRollout(reply, Words(reply) > median, 1))];
    }

    public void Dispose()
    {
        Engine.Dispose();
        Trunk.Dispose();
    }

    private static int Words(Rollout reply) => reply.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    // Two heads that read words and the length only.
    private RewardEnsemble Reward(Func<int, float> word, Func<int, float> length)
    {
        var options = ToyChat.Options.Reward;
        var states = 3 * Model.Config.HiddenSize;
        float[] dense = [.. new float[states], .. RewardEncoder.LengthKnots.Select(length)];
        var head = new LinearModel(dense, [.. Enumerable.Range(0, 2 * options.NGramBuckets).Select(word)], [], 0);
        var lora = Fresh();
        var top = new LoraAdapter(lora.Rank, lora.Alpha, lora.Modules.Where(module => module.Key.StartsWith("model.layers.1.", StringComparison.Ordinal)).ToDictionary());
        return new RewardEnsemble(Model, Trunk, options, top, new RewardHeads(new float[dense.Length], [.. Enumerable.Repeat(1f, dense.Length)], [head, head], [], [0, 0], [1, 1]));
    }
}
