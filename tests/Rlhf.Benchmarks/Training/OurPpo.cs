using System.Diagnostics;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Torch;

namespace Rlhf.Benchmarks.Training;

/// <summary>PPO on the reference model: frozen trunk, a LoRA on every projection of some layers for the policy, one on the top layer for value and reward.</summary>
internal sealed class OurPpo : IDisposable
{
    public const int PromptTokens = 24;
    public const int Rank = 16;

    private readonly CausalLm _trunk;
    private readonly DecodeEngine _engine;
    private readonly RewardEnsemble _reward;
    private readonly IPolicyTrainer _trainer;

    /// <param name="threads">Threads.</param>
    /// <param name="options">The iteration.</param>
    /// <param name="layers">Layers, from the top, that the policy's LoRA lies on.</param>
    public OurPpo(int threads, PpoOptions options, int layers)
    {
        TorchRuntime.Start();
        ModelConfig config = BenchModel.Reference.Config;
        var model = new BaseModel(config, Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Training", "tokenizer.json")), ModelWeights.Random(config, seed: 1));
        _trunk = CausalLm.From(model, threads: threads);
        _engine = new DecodeEngine(model, new DecodeOptions { Threads = threads, MaxQueue = options.Rollouts, PromptTokensPerStep = 256 });
        _reward = Reward(model);
        var random = new Random(1);
        RolloutPrompt[] prompts =
        [
            .. Enumerable.Range(0, options.Rollouts).Select(i => new RolloutPrompt(
                [("user", $"Could I have a table for two at place number {i}, please?")],
                [.. Enumerable.Range(0, PromptTokens).Select(_ => random.Next(300, config.VocabularySize))])),
        ];
        _trainer = PolicyTrainers.Create(
            new LearnerOptions { Ppo = options },
            new PolicyTask(_trunk, _reward, new EngineSampler(model, _engine, options.Temperature, options.MaxReplyTokens), Adapter(config, Rank, layers), prompts, Seed: 1));
    }

    /// <summary>The iteration that is compared: all epochs run, and no reply ends by itself.</summary>
    public static PpoOptions Whole { get; } = new()
    {
        Iterations = 10_000,
        Rollouts = 128,
        MaxReplyTokens = 40,
        Epochs = 4,
        Minibatches = 4,
        LearningRate = 1e-5,
        ValueLearningRate = 1e-5,
        ApproxKlTarget = 100,
    };

    /// <summary>One for the memory's sake.</summary>
    public static PpoOptions Small { get; } = Whole with { Rollouts = 16, MaxReplyTokens = 12, Epochs = 1, Minibatches = 2 };

    /// <summary>Seconds of one iteration.</summary>
    public double Run()
    {
        long start = Stopwatch.GetTimestamp();
        _trainer.Iterate(CancellationToken.None);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _reward.Dispose();
        _engine.Dispose();
        _trunk.Dispose();
    }

    private RewardEnsemble Reward(BaseModel model)
    {
        var options = new RewardOptions { Heads = 4 };
        int features = (3 * model.Config.HiddenSize) + RewardEncoder.LengthKnots.Count;
        var random = new Random(2);
        LinearModel[] heads =
        [
            .. Enumerable.Range(0, options.Heads).Select(_ => new LinearModel(
                [.. Enumerable.Range(0, features).Select(_ => random.NextSingle() - 0.5f)],
                [.. Enumerable.Range(0, 2 * options.NGramBuckets).Select(_ => random.NextSingle() - 0.5f)],
                [],
                0)),
        ];
        return new RewardEnsemble(
            model, _trunk, options, Adapter(model.Config, options.LoraRank, options.LoraLayers),
            new RewardHeads(new float[features], [.. Enumerable.Repeat(1f, features)], heads, [], new double[heads.Length], [.. heads.Select(_ => 1.0)]));
    }

    private static LoraAdapter Adapter(ModelConfig config, int rank, int layers)
    {
        using var lora = new LoraParameters(config, new LoraOptions { Rank = rank, Alpha = 2 * rank, TopLayers = layers }, seed: 1);
        return lora.ToAdapter();
    }
}
