using Rlhf.Cli.Client;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Rewards;

namespace Rlhf.Cli.Simulation;

/// <summary>One round of thumbs and training.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Job">How its training ended.</param>
/// <param name="Feedback">Replies that raters said something of.</param>
/// <param name="Up">Those that they like.</param>
/// <param name="Seconds">Chats, thumbs and training together.</param>
internal sealed record TrainedRound(int Number, FinishedJob Job, int Feedback, int Up, double Seconds)
{
    /// <summary>The candidate's KL to the reference in nats a reply on the gate's prompts, as the server reports it.</summary>
    public double? Kl => Job.Metrics?.TryGetValue("gate/kl", out var kl) == true ? kl : null;
}

/// <summary>What the model that is live after a round is worth.</summary>
/// <param name="Training">The round.</param>
/// <param name="Version">The version that is live after it: an earlier one where the gate rejected the round's.</param>
/// <param name="Gold">Its mean gold reward on the held-out prompts.</param>
/// <param name="WinRate">Share of the held-out prompts on which it beats the base, ties half.</param>
internal sealed record RoundResult(TrainedRound Training, string Version, double Gold, Interval WinRate);

/// <summary>What the last version is worth when its best of several replies is given.</summary>
/// <param name="Replies">How many its best is chosen among.</param>
/// <param name="Version">The version, whose own reward model chooses.</param>
/// <param name="Gold">The mean gold reward of what it chooses, on the held-out prompts.</param>
/// <param name="WinRate">Share of them on which that beats the base, ties half.</param>
/// <param name="OverOne">Share of them on which it beats the version's only reply, ties half.</param>
internal sealed record BestOfResult(int Replies, string Version, double Gold, Interval WinRate, Interval OverOne);

/// <summary>What the whole simulation came to.</summary>
internal sealed record SimulationResult(string Taste, double BaseGold, IReadOnlyList<RoundResult> Rounds, double Seconds, BestOfResult? BestOf = null)
{
    /// <summary>What the base's replies to the held-out prompts look like, and those of the version that is live at the end.</summary>
    public (ReplyShape Base, ReplyShape Last)? Shapes { get; init; }

    /// <summary>The means of the reward's components on the prompts that were practised on, with the replies of the first round's first iteration and of the last round's last.</summary>
    public IReadOnlyList<ComponentEffect> Components => [.. RewardSum.Names.Select(Effect).OfType<ComponentEffect>()];

    private ComponentEffect? Effect(string name)
    {
        IReadOnlyDictionary<string, double>? first = Rounds[0].Training.Job.Metrics, last = Rounds[^1].Training.Job.Metrics;
        return first?.TryGetValue($"reward/{name}_start", out var before) == true && last?.TryGetValue($"reward/{name}", out var after) == true
            ? new ComponentEffect(name, last[$"reward/{name}_weight"], before, after)
            : null;
    }
}

/// <summary>What became of a component of the reward.</summary>
/// <param name="Name">The component.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Before">Its mean before the first training.</param>
/// <param name="After">Its mean in the last.</param>
internal sealed record ComponentEffect(string Name, double Weight, double Before, double After);
