using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Rewards;

/// <summary>The reward of a rollout: the weighted sum of its components. Every algorithm that learns from rewards asks here.</summary>
public sealed class RewardSum : IDisposable
{
    internal const string Human = "human", Rules = "rules", Scorer = "scorer", Judge = "judge", Diversity = "diversity";

    private readonly Term[] _terms;

    private RewardSum(IEnumerable<Term> terms) => _terms = [.. terms];

    /// <summary>What components are called.</summary>
    public static IReadOnlyList<string> Names { get; } = [Human, Rules, Scorer, Judge, Diversity];

    /// <summary>Puts the reward together.</summary>
    /// <param name="human">The learned reward model, which is not owned.</param>
    /// <param name="components">The components and their weights.</param>
    /// <param name="files">What the components' files hold.</param>
    public static RewardSum Of(RewardEnsemble human, RewardComponents components, RewardFiles files)
    {
        List<Term> terms = [new(Human, components.HumanWeight, new HumanReward(human))];
        if (components.Rules.IsOn)
            terms.Add(new(Rules, components.Rules.Weight, new RuleReward(files.Rules)));
        if (components.Scorer.IsOn)
            terms.Add(new(Scorer, components.Scorer.Weight, new ScorerReward(components.Scorer)));
        if (components.Judge.Rewards)
            terms.Add(new(Judge, components.Judge.Weight, new JudgeReward(components.Judge, files.Constitution)));
        if (components.Diversity.IsOn)
            terms.Add(new(Diversity, components.Diversity.Weight, new DiversityReward()));
        return new RewardSum(terms);
    }

    /// <summary>The learned reward model alone.</summary>
    public static RewardSum Of(RewardEnsemble human) => Of(human, RewardComponents.HumanOnly, RewardFiles.None);

    /// <summary>The reward of each reply, and the mean of each component over the first replies as <c>reward/NAME</c>, its weight as <c>reward/NAME_weight</c>.</summary>
    /// <param name="replies">The replies, at least one.</param>
    /// <param name="counted">Over how many of them, from the start, the means are.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>NaN where the learned reward model has no score for a reply; the trainer drops that one and counts it.</returns>
    /// <exception cref="RewardComponentException">Another component has no score for a reply.</exception>
    public (double[] Rewards, IReadOnlyDictionary<string, double> Figures) Score(IReadOnlyList<RewardedReply> replies, int counted, CancellationToken cancellationToken)
    {
        var rewards = new double[replies.Count];
        var figures = new Dictionary<string, double>();
        foreach (var (name, weight, component) in _terms)
        {
            var scores = component.Score(replies, cancellationToken);
            Require(name, scores, replies.Count);
            for (var i = 0; i < rewards.Length; i++)
                rewards[i] += weight * scores[i];

            figures[$"reward/{name}"] = scores.Take(counted).Where(double.IsFinite).DefaultIfEmpty(0).Average();
            figures[$"reward/{name}_weight"] = weight;
            foreach (var (end, figure) in component.Figures)
                figures[$"reward/{name}/{end}"] = figure;
        }

        return (rewards, figures);
    }

    /// <summary>The means of the components in a first iteration, as <c>reward/NAME_start</c>, beside which later ones can be seen.</summary>
    public static IReadOnlyDictionary<string, double> AsStart(IReadOnlyDictionary<string, double> figures) =>
        Names.Where(name => figures.ContainsKey($"reward/{name}")).ToDictionary(name => $"reward/{name}_start", name => figures[$"reward/{name}"]);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var term in _terms)
            (term.Component as IDisposable)?.Dispose();
    }

    private static void Require(string name, double[] scores, int count)
    {
        if (scores.Length != count)
            throw new RewardComponentException(name, $"there are {scores.Length} scores of {count} replies.");
        if (name != Human && Array.FindIndex(scores, score => !double.IsFinite(score)) is >= 0 and var at)
            throw new RewardComponentException(name, FormattableString.Invariant($"the score of reply {at + 1} of {count} is {scores[at]}; it must be a finite number."));
    }

    private sealed record Term(string Name, double Weight, IRewardComponent Component);
}
