using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.Pipeline;

/// <summary>A small world to learn in: a model of random weights, prompts, and raters who like lattes.</summary>
internal static class ToyChat
{
    private static readonly string[] Drinks = ["latte", "mocha", "tea", "cold brew", "espresso", "cocoa"];
    private static readonly string[] Replies = ["one {0} coming up", "sorry, no {0} today", "sure, a {0} with oat milk", "the {0} is ready, anything else?", "what size of {0}?"];

    public static Tokenizer Tokenizer { get; } = BpeTrainer.Train([.. Drinks.SelectMany(drink => Replies.Select(reply => string.Format(reply, drink))), "can I have a large or a small one"], 320, ChatTemplate.Specials);

    public static BaseModel Model()
    {
        var end = Tokenizer.SpecialId(ChatTemplate.End);
        var config = new ModelConfig
        {
            HiddenSize = 32,
            IntermediateSize = 48,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 2,
            HeadSize = 8,
            VocabularySize = 320,
            ContextLength = 96,
            EosTokenIds = [end!.Value],
            PadTokenId = end,
        };
        return new BaseModel(config, Tokenizer, ModelWeights.Random(config, seed: 1, deviation: 0.1f));
    }

    /// <summary>Every reply to every drink; who asks for what decides the group.</summary>
    public static IReadOnlyList<ThumbedReply> Thumbs(int count, double noise, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                var drink = Drinks[random.Next(Drinks.Length)];
                var reply = string.Format(Replies[random.Next(Replies.Length)], drink);
                var up = reply.Contains("sure") || reply.Contains("coming");
                return new ThumbedReply([("user", $"can I have a {drink}")], reply, up ^ (random.NextDouble() < noise), 1, $"{drink} {random.Next(20)}");
            }),
        ];
    }

    /// <summary>What the raters would have had said instead, each with what comes of it: an order and a demonstration.</summary>
    public static IReadOnlyList<Judgement> Corrections(int count) =>
    [
        .. Enumerable.Range(0, count).SelectMany(i =>
        {
            var drink = Drinks[i % Drinks.Length];
            var (context, corrected) = ((IReadOnlyList<DialogueMessage>)[("user", $"can I have a {drink}")], $"sure, a {drink} with oat milk");
            return (Judgement[])[
                new RankedReplies(context, [new RankedReply(corrected, 1), new RankedReply($"sorry, no {drink} today", 2)], 1, $"corrected {i}") { Rater = $"corrector {i}" },
                new Demonstration(context, corrected, 1, $"corrected {i}") { Rater = $"corrector {i}" }];
        }),
    ];

    public static IReadOnlyList<IReadOnlyList<DialogueMessage>> Prompts { get; } =
        [.. Drinks.SelectMany(drink => (string[])[$"can I have a {drink}", $"a large {drink}", $"is the {drink} ready"]).Select(text => (IReadOnlyList<DialogueMessage>)[("user", text)])];

    public static LearnerOptions Options { get; } = new()
    {
        Threads = 2,
        Policy = new LoraOptions { Rank = 4, Alpha = 8 },
        Reward = new RewardOptions { LoraRank = 2, LoraEpochs = 1, ReferenceReplies = 16, NGramBuckets = 512 },
        Ppo = new PpoOptions { Iterations = 3, Rollouts = 12, Minibatches = 2, Epochs = 2, MaxReplyTokens = 10, LearningRate = 5e-3 },
        Rloo = new RlooOptions { Iterations = 3, Rollouts = 12, Minibatches = 2, Epochs = 2, MaxReplyTokens = 10, LearningRate = 5e-3 },
        Grpo = new GrpoOptions { Iterations = 3, Rollouts = 16, Minibatches = 2, Epochs = 2, MaxReplyTokens = 10, LearningRate = 5e-3 },
        Dpo = new DpoOptions { Iterations = 3, LeastPairs = 12, MaxReplyTokens = 10, LearningRate = 5e-3 },
        Kto = new KtoOptions { Iterations = 3, MaxReplyTokens = 10, LearningRate = 5e-3 },
        Gate = new GateOptions { Replies = 12 },
    };

    public static TrainingRequest Request(string folder, ulong seed = 1) => new()
    {
        JobId = "job-1",
        Version = "v1",
        Parent = "base",
        Seed = seed,
        LivePolicy = null,
        Feedback = Thumbs(120, noise: 0.1, seed: 1),
        Prompts = Prompts,
        CheckpointFolder = folder,
    };
}
