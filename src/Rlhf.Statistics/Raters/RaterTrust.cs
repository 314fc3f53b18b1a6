namespace Rlhf.Statistics.Raters;

/// <summary>How far one rater is to be trusted.</summary>
/// <param name="Accuracy">How often the rater's answers are the true ones, as far as others' answers and gold questions tell; 0.8 of a newcomer.</param>
/// <param name="Compared">Answers on items that others answered, too, or whose true label is known.</param>
/// <param name="Gold">Gold questions answered.</param>
/// <param name="GoldRight">Gold questions answered as was expected.</param>
/// <param name="PValue">The probability that an honest rater looks as bad; 1 for one who is right at least half of the time.</param>
public readonly record struct RaterEstimate(double Accuracy, int Compared, int Gold, int GoldRight, double PValue)
{
    /// <summary>No rater is silenced by disagreement alone; that is what quarantine is for.</summary>
    public const double LeastWeight = 0.05;

    /// <summary>Up to how small a <see cref="PValue"/> a rater is an honest one who had bad luck.</summary>
    public const double Significance = 0.02;

    /// <summary>The weight of the rater's feedback: nothing, but for <see cref="LeastWeight"/>, at an accuracy of ½, which is chance, and 1 from 0.8 on.</summary>
    public double Weight => WeightOf(Accuracy);

    /// <summary>Whether the rater is wrong more often than right, and an honest one would hardly be.</summary>
    public bool IsAgainstConsensus => PValue < Significance;

    /// <summary>The weight of an accuracy.</summary>
    public static double WeightOf(double accuracy) => Math.Clamp((accuracy - 0.5) / 0.3, LeastWeight, 1);
}

/// <summary>
/// How far raters are to be trusted, by what others say of the same items and by gold questions. What is held against a rater is the others' consensus
/// without the rater; whose votes count how much in it tell two-coin estimates of <see cref="DawidSkene"/> where these beat a majority vote on gold
/// questions, and equal votes elsewhere. One account alone lowers nobody's standing: the one that contradicts a rater most is left out. Suspects do not
/// vote on others.
/// </summary>
public sealed class RaterTrust
{
    private const double EqualVote = 0.75;   // how often an average rater is right
    private const double GoldTruth = 0.98;   // operators err, too
    private const double MostVote = 4;       // nats
    private const int Rounds = 4;
    private const int LeastGold = 20;
    private const int FewAnswers = 50;
    private const double PriorRight = 4, PriorAll = 5;

    private readonly IReadOnlyList<Answer> answers;
    private readonly IReadOnlyDictionary<int, int> gold;
    private readonly ILookup<int, Answer> ofRater;
    private readonly ILookup<int, Answer> ofItem;
    private readonly Dictionary<int, int> counts;

    private RaterTrust(IReadOnlyList<Answer> answers, IReadOnlyDictionary<int, int> gold, GoldChoice? choice)
    {
        (this.answers, this.gold, Choice) = (answers, gold, choice);
        ofRater = answers.ToLookup(answer => answer.Rater);
        ofItem = answers.ToLookup(answer => answer.Item);
        counts = answers.CountBy(answer => answer.Item).ToDictionary();
    }

    /// <summary>What each rater's answers show, by the rater's number.</summary>
    public IReadOnlyList<RaterEstimate> Raters { get; private set; } = [];

    /// <summary>How the two ways of counting votes do on gold questions; null where there are too few of them.</summary>
    public GoldChoice? Choice { get; }

    /// <summary>How often raters who are not suspected are right.</summary>
    public double HonestAccuracy { get; private set; } = EqualVote;

    /// <summary>Estimates the raters' reliability.</summary>
    /// <param name="answers">What raters say, at most one answer of a rater on an item. Labels are 1 for yes (liked, the first one better) and 0 for no.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="raters">How many raters there are.</param>
    /// <param name="gold">The answers that are expected on gold questions, by item.</param>
    public static RaterTrust Estimate(IReadOnlyList<Answer> answers, int items, int raters, IReadOnlyDictionary<int, int> gold)
    {
        var choice = gold.Count >= LeastGold ? GoldChoice.Measure(answers, items, raters, 2, gold) : null;
        var trust = new RaterTrust(answers, gold, choice);
        var model = choice is { UsesDawidSkene: true } ? DawidSkene.Fit(answers, items, raters, 2, gold) : null;
        var suspected = new bool[raters];
        for (var round = 0; round < Rounds; round++)
        {
            var totals = trust.Totals(items, model, suspected);
            var evidence = Enumerable.Range(0, raters).Select(rater => trust.EvidenceOn(rater, totals, model, suspected)).ToArray();
            trust.UpdateHonestAccuracy(evidence, suspected);
            trust.Raters = [.. evidence.Select((seen, rater) => trust.EstimateOf(rater, seen))];
            var next = trust.Raters.Select(rater => rater.IsAgainstConsensus).ToArray();
            if (next.AsSpan().SequenceEqual(suspected))
            {
                break;
            }

            suspected = next;
        }

        return trust;
    }

    private RaterEstimate EstimateOf(int rater, Evidence evidence)
    {
        var asked = ofRater[rater].Where(answer => gold.ContainsKey(answer.Item)).ToList();
        return new RaterEstimate(
            evidence.Accuracy(PriorRight, PriorAll), evidence.Count, asked.Count, asked.Count(answer => gold[answer.Item] == answer.Label),
            evidence.Accuracy(1, 2) < 0.5 ? evidence.TailOf(HonestAccuracy) : 1);
    }

    /// <summary>The log-odds that an item's true label is 1, by all votes.</summary>
    private double[] Totals(int items, DawidSkene? model, bool[] suspected)
    {
        var totals = new double[items];
        foreach (var answer in answers)
        {
            totals[answer.Item] += VoteOf(answer, model, suspected);
        }

        foreach (var (item, label) in gold)
        {
            totals[item] += (label == 1 ? 1 : -1) * Math.Log(GoldTruth / (1 - GoldTruth));
        }

        return totals;
    }

    private static double VoteOf(Answer answer, DawidSkene? model, bool[] suspected)
    {
        if (model is null)
        {
            return suspected[answer.Rater] ? 0 : (answer.Label == 1 ? 1 : -1) * Math.Log(EqualVote / (1 - EqualVote));
        }

        return Math.Clamp(Math.Log(model.Confusion[answer.Rater, 1, answer.Label] / model.Confusion[answer.Rater, 0, answer.Label]), -MostVote, MostVote);
    }

    private Evidence EvidenceOn(int rater, double[] totals, DawidSkene? model, bool[] suspected)
    {
        var own = ofRater[rater].ToList();
        var against = new Dictionary<int, double>();
        var contested = own.Where(answer => !gold.ContainsKey(answer.Item) && counts[answer.Item] <= FewAnswers); // among many, one account is one vote
        foreach (var (answer, other) in contested.SelectMany(answer => ofItem[answer.Item], (answer, other) => (answer, other)))
        {
            var vote = VoteOf(other, model, suspected) * (answer.Label == 1 ? -1 : 1);
            if (other.Rater != rater && vote > 0)
            {
                against[other.Rater] = against.GetValueOrDefault(other.Rater) + vote;
            }
        }

        var opponent = against.Count > 0 ? against.MaxBy(other => (other.Value, -other.Key)).Key : -1;
        var contrary = ofRater[opponent].ToDictionary(answer => answer.Item);
        var agreeing = new List<double>();
        foreach (var answer in own)
        {
            var others = totals[answer.Item] - VoteOf(answer, model, suspected);
            if (contrary.TryGetValue(answer.Item, out var left) && !gold.ContainsKey(answer.Item))
            {
                others -= VoteOf(left, model, suspected);
            }

            if (Math.Abs(others) > 1e-9)
            {
                agreeing.Add(1 / (1 + Math.Exp(answer.Label == 1 ? -others : others)));
            }
        }

        return new Evidence([.. agreeing]);
    }

    /// <summary>One rate for all who are not suspected, from their evidence together: what is normal here, however hard the questions are.</summary>
    private void UpdateHonestAccuracy(Evidence[] evidence, bool[] suspected)
    {
        const double priorAnswers = 20;
        for (var i = 0; i < 20; i++)
        {
            var (right, all) = (EqualVote * priorAnswers, priorAnswers);
            foreach (var (seen, _) in evidence.Zip(suspected).Where(rater => !rater.Second))
            {
                right += seen.ExpectedTrue(HonestAccuracy);
                all += seen.Count;
            }

            HonestAccuracy = Math.Clamp(right / all, 0.55, 0.99);
        }
    }
}
