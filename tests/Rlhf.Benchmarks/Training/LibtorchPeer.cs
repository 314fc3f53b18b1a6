using System.Diagnostics;
using System.Globalization;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Benchmarks.Training;

/// <summary>
/// The same work written plainly in TorchSharp (<see cref="PlainTorch"/>), in a process of its own: our settings of libtorch, its threads and
/// MKL's are of a process, and must neither help nor hurt the other side.
/// </summary>
internal sealed class LibtorchPeer : PeerProcess
{
    private const double Tolerance = 1e-3;
    private static readonly string? Mkl = Environment.GetEnvironmentVariable("MKL_CBWR");

    private readonly int _threads;
    private readonly string _waiting;

    /// <param name="threads">Threads of an operator.</param>
    /// <param name="waiting">How they wait: ACTIVE or PASSIVE.</param>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public LibtorchPeer(int threads, string waiting)
        : base("plain libtorch", PlainTorch.Verb, Start(threads), threads, waiting, "TorchSharp's libraries")
    {
        (_threads, _waiting) = (threads, waiting);
    }

    /// <summary>What holds on both sides, in a line.</summary>
    public string Conditions =>
        $"plain libtorch: TorchSharp {Version} in a process of its own, operators of {_threads} threads that wait {_waiting} (ours: {_threads} threads side by side, operators of one); "
        + $"MKL_CBWR {Mkl ?? "unset, as a user has it"} (ours: {Mkl ?? "AUTO,STRICT"}); malloc keeps its pages on both sides";

    /// <summary>Compares numbers that speed does not decide: losses and gradients of training, and everything that an iteration of PPO computes of given replies.</summary>
    /// <exception cref="CommandException">One is not ours: a peer that computes something else is no peer.</exception>
    public void Check(int rank, params IReadOnlyList<int> layers)
    {
        using (var training = new OurTraining(_threads))
        {
            for (int step = 1; step <= 2; step++)
            {
                var (loss, norm) = training.Step();
                Compare($"training, step {step}", ["loss", "gradient norm"], [loss, norm], Figures("check-train", OurTraining.Rows, OurTraining.Columns, step));
            }
        }

        foreach (int top in layers)
        {
            var check = new PpoCheck(16, OurPpo.PromptTokens, OurPpo.Whole.MaxReplyTokens, rank, top);
            Compare(
                $"PPO, LoRA on the top {top} layers",
                ["log-prob with cached keys and values", "log-prob of the policy", "log-prob of the reference", "entropy", "squared value", "loss", "gradient norm"],
                Ours(check),
                Figures("check-ppo", check.Replies, check.Prompt, check.Reply, rank, top));
        }
    }

    private static ProcessStartInfo Start(int threads)
    {
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, [typeof(LibtorchPeer).Assembly.Location, PlainTorch.Verb, threads.ToString(CultureInfo.InvariantCulture)]);
        // As the user has it, not as this process has set it.
        start.Environment.Remove("MKL_CBWR");
        if (Mkl is not null)
            start.Environment["MKL_CBWR"] = Mkl;
        return start;
    }

    private static void Compare(string what, string[] names, double[] ours, double[] theirs)
    {
        foreach (var (name, (our, their)) in names.Zip(ours.Zip(theirs, (our, their) => (our, their))))
        {
            // Written so that what is not a number fails, too.
            if (!(Math.Abs(our - their) <= Tolerance * Math.Abs(our)))
                throw new CommandException(string.Create(CultureInfo.InvariantCulture, $"{what}: the {name} is {our} here and {their} in plain libtorch: it does not compute the same, so its speed says nothing."));
        }
    }

    // In the parts that the trainer uses, on the bare trunk's output of a whole pass.
    private double[] Ours(PpoCheck check)
    {
        using var scope = NewDisposeScope();
        var options = OurPpo.Whole;
        var config = PlainTorch.Config;
        using var trunk = new CausalLm(config, ModelWeights.Random(config, seed: 1), threads: _threads);
        using var policy = new LoraParameters(config, check.Policy);
        using var value = new ValueModel(trunk, check.Value);
        using (no_grad())
            value.named_parameters().Single(named => named.name == "_head").parameter.narrow(0, 0, config.HiddenSize).copy_(tensor(check.ValueHead, config.HiddenSize, 1));

        var length = check.Prompt + check.Reply;
        var ids = tensor(check.Tokens).view(check.Replies, length);                                                // (B, T)
        long[] at = [.. Enumerable.Range(0, check.Replies).SelectMany(row => Enumerable.Range((row * length) + check.Prompt - 1, check.Reply)).Select(place => (long)place)];
        var positions = tensor(at);                                                                                // (N)
        var targets = tensor(at.Select(place => check.Tokens[place + 1]).ToArray());                               // (N)
        var below = trunk.Below(ids, value.Layer);                                                                 // (B, T, d)
        var reference = trunk.LogProbsOf(trunk.AboveAt(below, value.Layer, positions), targets);                   // (N)
        var rows = trunk.AboveAt(trunk.Below(ids, 0), 0, positions, policy);                                       // (N, d)
        var logProbs = trunk.LogProbsOf(rows, targets);                                                            // (N)
        var (old, entropy) = trunk.LogProbsWithEntropyOf(rows, targets);                                           // (N), (N)
        var values = value.Values(below, positions);                                                               // (N)

        float[] oldNumbers = Numbers(old), referenceNumbers = Numbers(reference), valueNumbers = Numbers(values);
        var replies = Enumerable.Range(0, check.Replies).Select(row =>
        {
            var of = (row * check.Reply)..((row + 1) * check.Reply);
            float[] rewards = [.. oldNumbers[of].Zip(referenceNumbers[of], (p, r) => (float)(-options.KlCoefficient * (p - r)))];
            rewards[^1] += check.Scores[row];
            return Ppo.EstimateAdvantages(rewards, valueNumbers[of], options.Gamma, options.Lambda);
        }).ToArray();
        Ppo.Whiten([.. replies.Select(reply => reply.Advantages)]);
        var advantages = tensor(replies.SelectMany(reply => reply.Advantages).ToArray());                          // (N)
        var returns = tensor(replies.SelectMany(reply => reply.Returns).ToArray());                                // (N)
        var loss = ClippedLoss.Of(logProbs, reference.detach(), advantages, options.ClipRatio).Losses.mean()
            + (Ppo.ValueLoss(values, values.detach(), returns, options.ClipValue).Loss * options.ValueCoefficient);
        loss.backward();
        var norm = nn.utils.clip_grad_norm_([.. policy.parameters(), .. value.parameters()], options.GradientNorm);
        double logProb = oldNumbers.Average();
        return [logProb, logProb, referenceNumbers.Average(), entropy.mean().item<float>(), values.square().mean().item<float>(), loss.item<float>(), norm];

        static float[] Numbers(Tensor tensor) => tensor.detach().data<float>().ToArray();
    }
}
