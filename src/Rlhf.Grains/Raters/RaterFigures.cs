using System.Collections.Immutable;
using System.Globalization;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Statistics.Raters;

namespace Rlhf.Grains.Raters;

/// <summary>What the window's feedback shows of each rater. It depends on nothing else, so that it is the same however it was arrived at.</summary>
internal sealed class RaterFigures
{
    private readonly Dictionary<string, int> _numbers;
    private readonly ILookup<int, WindowEntry> _standing;
    private readonly ILookup<int, WindowEntry> _retracted;
    private readonly ILookup<int, AlikePair> _alike;
    private readonly Conduct[] _conduct;
    private readonly RaterTrust _trust;

    private RaterFigures(
        Dictionary<string, int> numbers, List<WindowEntry> standing, List<WindowEntry> retractions, RaterTrust trust, Conduct[] conduct, IReadOnlyList<AlikePair> alike, FeedbackOptions options)
    {
        _numbers = numbers;
        Ids = [.. numbers.Keys.Order(StringComparer.Ordinal)];
        _standing = standing.ToLookup(entry => numbers[entry.Rater]);
        _retracted = retractions.ToLookup(entry => numbers[entry.Rater]);
        (_trust, _conduct) = (trust, conduct);
        _alike = alike.SelectMany(pair => new[] { (Rater: pair.First, pair), (Rater: pair.Second, pair) }).ToLookup(pair => pair.Rater, pair => pair.pair);
        Options = options;
    }

    /// <summary>All raters, in order.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Krippendorff's alpha of all answers.</summary>
    public double Agreement { get; private init; }

    /// <summary>Of comparisons of two replies of one conversation that prefer one: how many prefer the one that was drawn first, and how many there are.</summary>
    public (int Earlier, int All) EarlierPreferred { get; private init; }

    /// <summary>How votes are counted.</summary>
    public string Method => _trust.Choice is { UsesDawidSkene: true } ? "dawid-skene" : "majority";

    /// <summary>Gold questions that were answered, and how many of them the majority and Dawid-Skene get right.</summary>
    public ImmutableArray<int> GoldItems => _trust.Choice is { } choice ? [choice.Gold, choice.MajorityRight, choice.DawidSkeneRight] : [0, 0, 0];

    private FeedbackOptions Options { get; }

    /// <summary>Computes the figures.</summary>
    /// <param name="newest">The window's entries, newest first.</param>
    /// <param name="gold">Whether a good rater likes the replies of gold questions.</param>
    /// <param name="options">What labels count.</param>
    public static RaterFigures Of(IEnumerable<WindowEntry> newest, IReadOnlyDictionary<string, bool> gold, FeedbackOptions options)
    {
        var (standing, retractions) = StandingFeedback.Of(newest);
        var (raters, items) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var entry in standing.Concat(retractions))
        {
            NumberOf(raters, entry.Rater);
        }

        var answers = new List<Answer>();
        var timed = new List<(int Rater, DateTimeOffset At, bool Yes)>();
        var answered = new HashSet<(int Item, int Rater)>();
        foreach (var entry in standing)
        {
            if (StandingFeedback.OpinionOf(entry, options) is var (item, yes))
            {
                var answer = new Answer(NumberOf(items, item), raters[entry.Rater], yes ? 1 : 0);
                timed.Add((answer.Rater, entry.Said.At, yes));
                if (answered.Add((answer.Item, answer.Rater))) // who says it in two ways agrees with nobody but themselves
                {
                    answers.Add(answer);
                }
            }
        }

        var known = gold.Where(question => items.ContainsKey(question.Key)).ToDictionary(question => items[question.Key], question => question.Value ? 1 : 0);
        var shareOfYes = timed.Count == 0 ? 0.5 : timed.Count(answer => answer.Yes) / (double)timed.Count;
        var byRater = timed.ToLookup(answer => answer.Rater, answer => (answer.At, answer.Yes));
        var trust = RaterTrust.Estimate(answers, items.Count, raters.Count, known);
        var unsuspected = answers.Where(answer => !trust.Raters[answer.Rater].IsAgainstConsensus && !known.ContainsKey(answer.Item)); // on gold questions good raters agree
        return new RaterFigures(
            raters,
            standing,
            retractions,
            trust,
            [.. Enumerable.Range(0, raters.Count).Select(rater => Conduct.Of(byRater[rater], shareOfYes))],
            ActingAlike.Find(unsuspected, rater => trust.Raters[rater].Accuracy),
            options)
        {
            Agreement = Krippendorff.Alpha(answers),
            EarlierPreferred = EarlierOf(standing),
        };
    }

    /// <summary>The weight of a rater; a newcomer's is 1.</summary>
    public double WeightOf(string rater) => _numbers.TryGetValue(rater, out var number) ? _trust.Raters[number].Weight : 1;

    /// <summary>Whether the rule puts a rater into quarantine: an honest one would look as bad in one case of a thousand, by ten comparisons at least.</summary>
    public bool IsToBeQuarantined(string rater) => _trust.Raters[_numbers[rater]] is { PValue: < 0.001, Compared: >= 10 };

    /// <summary>The ledger sequence of a rater's first event; of one whom nobody knows the end of all.</summary>
    public long FirstOf(string rater) =>
        _numbers.TryGetValue(rater, out var number) ? _standing[number].Concat(_retracted[number]).Min(entry => entry.Sequence) : long.MaxValue;

    /// <summary>Everything about a rater; null for one whom nobody knows.</summary>
    public RaterReport? ReportOf(string rater, Quarantine? quarantine)
    {
        if (!_numbers.TryGetValue(rater, out var number))
        {
            return quarantine is null ? null : new RaterReport(rater, 0, 0, 0, 0, null, null, 0, 0, 0, 0, 0, [], IsSuspected: false, quarantine);
        }

        var (said, trust) = (_standing[number].ToList(), _trust.Raters[number]);
        var opinions = said.Select(entry => StandingFeedback.ScoreOf(entry.Said, Options)).OfType<double>().ToList();
        var suspicions = SuspicionsOf(number).ToImmutableArray();
        bool Has(string kind) => suspicions.Any(suspicion => suspicion.Kind == kind);
        return new RaterReport(
            rater,
            said.Count,
            opinions.Count(score => score > 0.5),
            opinions.Count(score => score < 0.5),
            _retracted[number].Count(),
            said.Count == 0 ? null : said.Min(entry => entry.Said.At),
            said.Count == 0 ? null : said.Max(entry => entry.Said.At),
            trust.Accuracy,
            quarantine is null ? trust.Weight : 0,
            trust.Compared,
            trust.Gold,
            trust.GoldRight,
            suspicions,
            Has("consensus") || Has("alike") || (Has("monotony") && (Has("speed") || Has("burst"))), // an app may send what honest people said in one go
            quarantine);
    }

    private IEnumerable<Suspicion> SuspicionsOf(int number)
    {
        var (trust, conduct) = (_trust.Raters[number], _conduct[number]);
        if (trust.IsAgainstConsensus)
        {
            yield return Found("consensus", $"right in an estimated {trust.Accuracy:P0} of {trust.Compared} comparable statements, where raters are right in {_trust.HonestAccuracy:P0}; gold questions: {trust.GoldRight} of {trust.Gold}; chance of an honest rater to look so: {trust.PValue:G2}");
        }

        foreach (var pair in _alike[number])
        {
            var other = _numbers.First(rater => rater.Value == (pair.First == number ? pair.Second : pair.First)).Key;
            yield return Found("alike", $"says the same as '{other}' of {pair.Same} of {pair.Shared} items that both judged");
        }

        if (conduct.IsTooFast)
        {
            yield return Found("speed", $"half of {conduct.Answers} statements came within {conduct.MedianGap!.Value.TotalSeconds:0.###} s of the one before");
        }

        if (conduct.IsBursting)
        {
            yield return Found("burst", $"{conduct.MostInAMinute} statements within a minute");
        }

        if (conduct.IsMonotonous)
        {
            yield return Found("monotony", $"all {conduct.Answers} answers are the same; chance of that: {conduct.SameAnswerChance:G2}");
        }

        static Suspicion Found(string kind, FormattableString evidence) => new(kind, evidence.ToString(CultureInfo.InvariantCulture));
    }

    private static (int Earlier, int All) EarlierOf(List<WindowEntry> standing)
    {
        var (earlier, all) = (0, 0);
        foreach (var said in standing.Select(entry => entry.Said))
        {
            if (said is { Kind: FeedbackKind.Comparison, Content: { Rank: { } rank, Others: [var other] } } && rank != other.Rank
                && CompletionId.TryParse(said.CompletionId, out var conversation, out var number)
                && CompletionId.TryParse(other.CompletionId, out var otherConversation, out var otherNumber) && conversation == otherConversation)
            {
                all++;
                earlier += number < otherNumber == rank < other.Rank ? 1 : 0;
            }
        }

        return (earlier, all);
    }

    private static int NumberOf(Dictionary<string, int> numbers, string name)
    {
        if (!numbers.TryGetValue(name, out var number))
        {
            numbers.Add(name, number = numbers.Count);
        }

        return number;
    }
}
