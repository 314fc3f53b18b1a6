using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Rlhf.Benchmarks.Training;

/// <summary>Steps of AdamW on all weights.</summary>
internal sealed class PlainTraining
{
    private readonly PlainLlama _model = new(PlainTorch.Config, ModelWeights.Random(PlainTorch.Config, seed: 1));
    private readonly optim.Optimizer _optimizer;
    private readonly Random _random = new(1);

    public PlainTraining()
    {
        var matrices = new AdamW.ParamGroup(_model.parameters().Where(p => p.dim() > 1), lr: 1e-4, weight_decay: 0.1, beta2: 0.95);
        var vectors = new AdamW.ParamGroup(_model.parameters().Where(p => p.dim() == 1), lr: 1e-4, weight_decay: 0, beta2: 0.95);
        _optimizer = optim.AdamW([matrices, vectors]);
    }

    /// <summary>The last step's loss and gradient norm; the tokens are those of <see cref="OurTraining"/>.</summary>
    public double[] Run(int rows, int columns, int steps)
    {
        double[] figures = [];
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var (ids, targets) = (Draw(), Draw());
            var logits = _model.Logits(_model.Hidden(ids.view(rows, columns)));                                    // (B, T, V)
            var loss = functional.cross_entropy(logits.view(-1, PlainTorch.Config.VocabularySize), targets);
            _optimizer.zero_grad();
            loss.backward();
            var norm = nn.utils.clip_grad_norm_(_model.parameters(), 1);
            _optimizer.step();
            figures = [loss.item<float>(), norm];
        }

        return figures;

        Tensor Draw() => tensor([.. Enumerable.Range(0, rows * columns).Select(_ => (long)_random.Next(PlainTorch.Config.VocabularySize))]);
    }
}

/// <summary>PPO after TRL's PPOTrainer.</summary>
internal sealed class PlainPpo
{
    private readonly PlainLlama _model = new(PlainTorch.Config, ModelWeights.Random(PlainTorch.Config, seed: 1));
    private readonly PlainAdapter _policy;
    private readonly PlainAdapter _reward = new(PlainTorch.Adapter(8, 1, seed: 2), trainable: false);
    private readonly Linear _rewardHeads = Linear(2 * PlainTorch.Config.HiddenSize, 4);
    private readonly PlainAdapter _value;
    private readonly Linear _valueHead = Linear(PlainTorch.Config.HiddenSize, 1);
    private readonly Parameter[] _parameters;
    private readonly optim.Optimizer _optimizer;

    public PlainPpo(LoraAdapter policy, LoraAdapter value, float[] valueHead)
    {
        foreach (var parameter in _model.parameters().Concat(_rewardHeads.parameters()))
            parameter.requires_grad_(false);
        (_policy, _value) = (new PlainAdapter(policy), new PlainAdapter(value));
        PlainLlama.Load(_valueHead.weight!, new WeightTensor(valueHead, 1, valueHead.Length));
        PlainLlama.Load(_valueHead.bias!, new WeightTensor([0], 1));
        _parameters = [.. _policy.parameters(), .. _value.parameters(), .. _valueHead.parameters()];
        _optimizer = optim.AdamW(_parameters, lr: 1e-5, weight_decay: 0);
    }

    /// <summary>One iteration.</summary>
    public void Run(int replies, int prompt, int reply, int epochs, int minibatches)
    {
        using var scope = NewDisposeScope();
        var ids = Sample(randint(300, PlainTorch.Config.VocabularySize, [replies, prompt], int64), reply);         // (B, T)
        var size = replies / minibatches;
        var parts = ids.split(size, 0).Select(rows => Read(rows, prompt)).ToArray();
        Tensor All(Func<Rollouts, Tensor> part) => cat([.. parts.Select(part)], 0);
        var rollouts = Estimate(All(p => p.Old), All(p => p.Reference), All(p => p.Values), All(p => p.Scores));
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var rows in randperm(replies, int64).split(size, 0))
                Step(ids.index_select(0, rows), prompt, rollouts.Take(rows));
        }
    }

    /// <summary>What an iteration computes of given replies, one step included: its numbers have to be the other side's.</summary>
    public double[] Figures(long[] tokens, int replies, int prompt, float[] scores)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(tokens).view(replies, -1);                                                                // (B, T)
        var read = Read(ids, prompt);
        double cached;
        using (no_grad())
        {
            var caches = _model.Caches();
            var pieces = new[] { ids.narrow(1, 0, prompt) }.Concat(ids.narrow(1, prompt, ids.shape[1] - prompt - 1).split(1, 1));
            var position = 0L;
            var ends = new List<Tensor>();
            foreach (var piece in pieces)
            {
                ends.Add(_model.Hidden(piece, _policy, caches, position).select(1, -1));                           // (B, d)
                position += piece.shape[1];
            }

            cached = Picked(_model.Logits(stack(ends, 1)), ids, prompt).mean().item<float>();
            Array.ForEach(caches, cache => cache.Dispose());
        }

        // The reference stands in for the policy that sampled, so that ratios are not all 1.
        var rollouts = Estimate(read.Old, read.Reference, read.Values, tensor(scores)) with { Old = read.Reference };
        var (loss, norm) = Step(ids, prompt, rollouts);
        return [cached, read.Old.mean().item<float>(), read.Reference.mean().item<float>(), read.Entropy, read.Values.square().mean().item<float>(), loss, norm];
    }

    private Tensor Sample(Tensor prompts, int reply)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var caches = _model.Caches();
        var (ids, position) = (prompts, 0L);
        var tokens = new List<Tensor> { prompts };
        for (int t = 0; t < reply; t++)
        {
            using var step = NewDisposeScope();
            var hidden = _model.Hidden(ids, _policy, caches, position);
            position += ids.shape[1];
            ids = multinomial(_model.Logits(hidden.select(1, -1)).softmax(-1), 1).MoveToOuterDisposeScope();       // (B, 1)
            tokens.Add(ids);
        }

        Array.ForEach(caches, cache => cache.Dispose());
        return cat(tokens, 1).MoveToOuterDisposeScope();                                                           // (B, T)
    }

    private (Tensor Logits, Tensor LogProbs) LogProbs(Tensor ids, int prompt, PlainAdapter? adapter)
    {
        var logits = _model.Logits(_model.Hidden(ids, adapter).narrow(1, prompt - 1, ids.shape[1] - prompt));      // (B, R, V)
        return (logits, Picked(logits, ids, prompt));
    }

    private static Tensor Picked(Tensor logits, Tensor ids, int prompt)
        => functional.log_softmax(logits, -1).gather(-1, ids.narrow(1, prompt, ids.shape[1] - prompt).unsqueeze(-1)).squeeze(-1);  // (B, R)

    private Tensor Values(Tensor ids, int prompt)
        => _valueHead.forward(_model.Hidden(ids, _value).narrow(1, prompt - 1, ids.shape[1] - prompt)).squeeze(-1);                // (B, R)

    private Rollouts Read(Tensor ids, int prompt)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var reference = LogProbs(ids, prompt, null).LogProbs;
        var (logits, old) = LogProbs(ids, prompt, _policy);
        var entropy = -(logits.softmax(-1) * functional.log_softmax(logits, -1)).sum(-1).mean();
        var hidden = _model.Hidden(ids, _reward);
        var heads = _rewardHeads.forward(cat([hidden.select(1, -1), hidden.narrow(1, prompt, ids.shape[1] - prompt).mean([1])], -1));    // (B, 4)
        var scores = heads.mean([-1]) - (0.1 * heads.std(-1, unbiased: false));                                    // (B)
        var read = new Rollouts(old, reference, Values(ids, prompt), scores.clamp(-5, 5), entropy.item<float>());
        scope.MoveToOuter(read.Old, read.Reference, read.Values, read.Scores);
        return read;
    }

    private static Minibatch Estimate(Tensor old, Tensor reference, Tensor values, Tensor scores)
    {
        using var scope = NewDisposeScope();
        var rewards = -0.15 * (old - reference);                                                                   // (B, R)
        rewards.select(1, -1).add_(scores);
        var advantages = zeros_like(values);
        Tensor running = zeros_like(scores), after = zeros_like(scores);                                           // (B)
        for (long t = values.shape[1] - 1; t >= 0; t--)
        {
            running = rewards.select(1, t) + after - values.select(1, t) + (0.95 * running);
            after = values.select(1, t);
            advantages.select(1, t).copy_(running);
        }

        var returns = advantages + values;
        advantages = (advantages - advantages.mean()) / (advantages.std(unbiased: false) + 1e-8);
        scope.MoveToOuter(advantages, returns);
        return new Minibatch(old, values, advantages, returns);
    }

    private (double Loss, double GradientNorm) Step(Tensor ids, int prompt, Minibatch old)
    {
        using var scope = NewDisposeScope();
        var logProbs = LogProbs(ids, prompt, _policy).LogProbs;                                                    // (B, R)
        var ratio = (logProbs - old.Old).exp();
        var policyLoss = maximum(-old.Advantages * ratio, -old.Advantages * ratio.clamp(0.8, 1.2)).mean();
        var value = Values(ids, prompt);
        var near = old.Values + (value - old.Values).clamp(-0.2, 0.2);
        var valueLoss = 0.5 * maximum((value - old.Returns).square(), (near - old.Returns).square()).mean();
        var loss = policyLoss + (0.1 * valueLoss);
        _optimizer.zero_grad();
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(_parameters, 1);
        _optimizer.step();
        _ = (ratio.mean().item<float>(), (logProbs.detach() - old.Old).square().mean().item<float>());
        return (loss.item<float>(), norm);
    }

    private sealed record Rollouts(Tensor Old, Tensor Reference, Tensor Values, Tensor Scores, double Entropy);

    private sealed record Minibatch(Tensor Old, Tensor Values, Tensor Advantages, Tensor Returns)
    {
        public Minibatch Take(Tensor rows) => new(Old.index_select(0, rows), Values.index_select(0, rows), Advantages.index_select(0, rows), Returns.index_select(0, rows));
    }
}

/// <summary>A process of this program that trains plainly when asked, one command a line, and answers with numbers on a line.</summary>
internal static partial class PlainTorch
{
    public const string Verb = "plain-torch";

    public static ModelConfig Config => BenchModel.Reference.Config;

    /// <summary>Answers until standard input ends.</summary>
    public static int Serve(int threads)
    {
        // Fresh large tensors cost more than the arithmetic in them unless malloc keeps its pages, as it does on the other side.
        const int trimThreshold = -1, topPad = -2, mmapMax = -4;
        if (OperatingSystem.IsLinux())
            _ = MallOpt(mmapMax, 0) + MallOpt(trimThreshold, int.MaxValue) + MallOpt(topPad, 64 << 20);
        Answer(threads);
        return 0;
    }

    /// <summary>A LoRA on all projections of the top layers, with alpha twice its rank: the same numbers for the same seed.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="layers">How many layers.</param>
    /// <param name="seed">Decides the numbers.</param>
    /// <param name="spread">B lies within this of zero; 0 for one that changes nothing yet.</param>
    public static LoraAdapter Adapter(int rank, int layers, int seed, double spread = 0)
    {
        var random = new Random(seed);
        var pairs = new Dictionary<string, LoraPair>();
        for (int layer = Config.Layers - layers; layer < Config.Layers; layer++)
        {
            foreach (var projection in Projections.All)
            {
                var (outputs, inputs) = Projections.Size(Config, projection);
                pairs[Projections.Path(layer, projection)] = new LoraPair(
                    new WeightTensor(Uniform(random, rank * inputs, 1 / Math.Sqrt(inputs)), rank, inputs),
                    new WeightTensor(Uniform(random, outputs * rank, spread), outputs, rank));
            }
        }

        return new LoraAdapter(rank, 2 * rank, pairs);
    }

    public static float[] Uniform(Random random, int count, double spread)
        => [.. Enumerable.Range(0, count).Select(_ => (float)(spread * ((2 * random.NextDouble()) - 1)))];

    // Apart from its caller, so that libtorch is not loaded before malloc is told.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Answer(int threads)
    {
        set_num_threads(threads);
        random.manual_seed(1);
        if (AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "Rlhf.Learning"))
            throw new InvalidOperationException("Rlhf.Learning is loaded, which sets libtorch for itself: this process is not plain.");
        Console.WriteLine($"ready {typeof(torch).Assembly.GetName().Version!.ToString(3)}");
        PlainTraining? training = null;
        (int, int) shape = default;
        PlainPpo? ppo = null;
        while (Console.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            int[] n = [.. words[1..].Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
            switch (words[0])
            {
                case "train":
                    training ??= new PlainTraining();
                    Say(Seconds(() => training.Run(n[0], n[1], n[2])));
                    break;
                case "ppo":
                    if (ppo is null || shape != (n[^2], n[^1]))
                        ppo = new PlainPpo(Adapter(n[^2], n[^1], seed: 1), Adapter(8, 1, seed: 2), new float[Config.HiddenSize]);
                    shape = (n[^2], n[^1]);
                    Say(Seconds(() => ppo.Run(n[0], n[1], n[2], n[3], n[4])));
                    break;
                case "check-train":
                    Say(new PlainTraining().Run(n[0], n[1], n[2]));
                    break;
                case "check-ppo":
                    var check = new PpoCheck(n[0], n[1], n[2], n[3], n[4]);
                    Say(new PlainPpo(check.Policy, check.Value, check.ValueHead).Figures(check.Tokens, check.Replies, check.Prompt, check.Scores));
                    break;
                default:
                    throw new InvalidOperationException($"'{line}' is no command.");
            }
        }
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Say(params double[] figures) => Console.WriteLine(string.Join(' ', figures.Select(figure => figure.ToString("R", CultureInfo.InvariantCulture))));

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);
}

/// <summary>Replies, scores and adapters of which both sides must make the same numbers.</summary>
internal sealed record PpoCheck(int Replies, int Prompt, int Reply, int Rank, int Layers)
{
    public LoraAdapter Policy { get; } = PlainTorch.Adapter(Rank, Layers, seed: 3, spread: 0.02);

    public LoraAdapter Value { get; } = PlainTorch.Adapter(8, 1, seed: 4, spread: 0.02);

    public float[] ValueHead { get; } = PlainTorch.Uniform(new Random(5), PlainTorch.Config.HiddenSize, 0.02);

    public float[] Scores { get; } = PlainTorch.Uniform(new Random(6), Replies, 2);

    public long[] Tokens { get; } = Draw(new Random(7), Replies * (Prompt + Reply));

    private static long[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(300, PlainTorch.Config.VocabularySize))];
}
