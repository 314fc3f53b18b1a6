using Rlhf.Statistics.Raters;

namespace Rlhf.Statistics.Tests.Raters;

public sealed class RaterTrustTests
{
    private static readonly Dictionary<int, int> NoGold = [];

    [Fact]
    public void A_newcomer_has_full_weight_and_who_contradicts_everybody_hardly_any()
    {
        // Three honest raters, a troll, and one whom nobody can be compared with.
        var answers = Enumerable.Range(0, 20).SelectMany(item => new Answer[] { new(item, 0, item % 2), new(item, 1, item % 2), new(item, 2, item % 2), new(item, 3, 1 - (item % 2)) })
            .Append(new Answer(20, 4, 1)).ToList();
        var trust = RaterTrust.Estimate(answers, items: 21, raters: 5, NoGold);
        Assert.All(trust.Raters.Take(3), rater => Assert.Equal((1, false), (rater.Weight, rater.IsAgainstConsensus)));
        Assert.Equal((RaterEstimate.LeastWeight, true), (trust.Raters[3].Weight, trust.Raters[3].IsAgainstConsensus));
        Assert.Equal((0.8, 0, false), (trust.Raters[4].Accuracy, trust.Raters[4].Compared, trust.Raters[4].IsAgainstConsensus));
        Assert.Equal(1, trust.Raters[4].Weight, 12);
    }

    [Fact]
    public void One_account_alone_lowers_nobodys_weight()
    {
        // The attacker contradicts the victim wherever nobody else rated, and wherever one friend did.
        var answers = Enumerable.Range(0, 100).SelectMany(item => new Answer[] { new(item, 0, item % 2), new(item, 1, 1 - (item % 2)) }).ToList();
        var trust = RaterTrust.Estimate(answers, 100, 2, NoGold);
        Assert.All(trust.Raters, rater => Assert.Equal((1, false), (Math.Round(rater.Weight, 9), rater.IsAgainstConsensus)));

        answers.AddRange(Enumerable.Range(0, 50).Select(item => new Answer(item, 2, item % 2)));
        Assert.Equal(1, RaterTrust.Estimate(answers, 100, 3, NoGold).Raters[0].Weight, 9);
    }

    [Fact]
    public void Gold_questions_tell_where_nobody_else_answers()
    {
        var answers = Enumerable.Range(0, 20).SelectMany(item => new Answer[] { new(item, 0, item % 2), new(100 + item, 1, 1 - (item % 2)) }).ToList();
        var gold = Enumerable.Range(0, 20).SelectMany(item => new[] { item, 100 + item }).ToDictionary(item => item, item => item % 2);
        var trust = RaterTrust.Estimate(answers, 120, 2, gold);
        Assert.Equal((20, 20, false), (trust.Raters[0].Gold, trust.Raters[0].GoldRight, trust.Raters[0].IsAgainstConsensus));
        Assert.Equal((20, 0, true), (trust.Raters[1].Gold, trust.Raters[1].GoldRight, trust.Raters[1].IsAgainstConsensus));
        Assert.InRange(trust.Raters[1].Weight, RaterEstimate.LeastWeight, 0.1);
    }

    /// <summary>What must be shown: 20 % of the raters invert what they think, thumbs are wrong in a quarter of all cases.</summary>
    [Theory]
    [InlineData("most replies have one rater only, and 5 % are gold", 0.1, 0.05)]
    [InlineData("replies have about three raters, and there is no gold", 1.0, 0.0)]
    [InlineData("replies have about three raters, and 5 % are gold", 1.0, 0.05)]
    public void Nine_of_ten_trolls_are_found_and_at_most_one_of_twenty_honest_raters_is_suspected(string situation, double overlap, double goldShare)
    {
        var (trolls, found, honest, suspected) = (0, 0, 0, 0);
        for (var seed = 1; seed <= 5; seed++)
        {
            var answers = Simulated(raters: 100, perRater: 300, trollShare: 0.2, overlap, goldShare, seed, out var gold, out var isTroll);
            var trust = RaterTrust.Estimate(answers, answers.Max(answer => answer.Item) + 1, 100, gold);
            for (var rater = 0; rater < 100; rater++)
            {
                var isSuspected = trust.Raters[rater].IsAgainstConsensus;
                (trolls, found) = isTroll[rater] ? (trolls + 1, found + (isSuspected ? 1 : 0)) : (trolls, found);
                (honest, suspected) = isTroll[rater] ? (honest, suspected) : (honest + 1, suspected + (isSuspected ? 1 : 0));
            }
        }

        Assert.True(found >= 0.9 * trolls, $"{situation}: {found} of {trolls} trolls were found.");
        Assert.True(suspected <= 0.05 * honest, $"{situation}: {suspected} of {honest} honest raters were suspected.");
    }

    [Fact]
    public void Noisy_raters_weigh_less_and_are_no_trolls()
    {
        var suspected = 0;
        for (var seed = 1; seed <= 5; seed++)
        {
            var random = new Random(seed);
            var truth = Enumerable.Range(0, 1000).Select(_ => random.Next(2)).ToArray();
            var answers = (from rater in Enumerable.Range(0, 40)
                           from item in Enumerable.Range(0, 1000).OrderBy(_ => random.Next()).Take(100).ToList()
                           select new Answer(item, rater, random.NextDouble() < (rater < 20 ? 0.85 : 0.6) ? truth[item] : 1 - truth[item])).ToList();
            var trust = RaterTrust.Estimate(answers, 1000, 40, NoGold);
            suspected += trust.Raters.Count(rater => rater.IsAgainstConsensus);
            Assert.True(trust.Raters.Take(20).Average(rater => rater.Weight) > trust.Raters.Skip(20).Average(rater => rater.Weight) + 0.3);
        }

        Assert.InRange(suspected, 0, 10); // 5 % of 200
    }

    [Fact]
    public void Two_accounts_of_one_hand_are_found_and_two_of_one_mind_are_not()
    {
        var random = new Random(1);
        var answers = new List<Answer>();
        for (var item = 0; item < 200; item++)
        {
            var truth = random.Next(2);
            answers.AddRange(Enumerable.Range(0, 10).Where(_ => random.Next(3) == 0).Select(rater => new Answer(item, rater, random.NextDouble() < 0.75 ? truth : 1 - truth)));
            if (item % 4 == 0)
            {
                var own = random.Next(2);
                answers.AddRange([new Answer(item, 10, own), new Answer(item, 11, own)]);
            }
        }

        var pair = Assert.Single(Alike(answers, raters: 12));
        Assert.Equal((10, 11, 50, 50), (pair.First, pair.Second, pair.Shared, pair.Same));

        var unanimous = Enumerable.Range(0, 60).SelectMany(item => Enumerable.Range(0, 4).Select(rater => new Answer(item, rater, item % 2)));
        Assert.Empty(Alike([.. unanimous], raters: 4));

        // Five who are nearly always right among twenty who are not agree as nobody else does.
        var experts = (from item in Enumerable.Range(0, 300)
                       let truth = random.Next(2)
                       from rater in Enumerable.Range(0, 25).Where(_ => random.Next(3) == 0).ToList()
                       select new Answer(item, rater, random.NextDouble() < (rater < 5 ? 0.97 : 0.65) ? truth : 1 - truth)).ToList();
        Assert.Empty(Alike(experts, raters: 25));

        static IReadOnlyList<AlikePair> Alike(List<Answer> answers, int raters)
        {
            var trust = RaterTrust.Estimate(answers, answers.Max(answer => answer.Item) + 1, raters, NoGold);
            return ActingAlike.Find(answers, rater => trust.Raters[rater].Accuracy);
        }
    }

    [Fact]
    public void A_script_shows_by_its_pace_and_by_its_sameness()
    {
        var start = DateTimeOffset.UnixEpoch;
        var script = Conduct.Of(Enumerable.Range(0, 100).Select(i => (start.AddMilliseconds(200 * i), true)), shareOfYes: 0.6);
        Assert.Equal((true, true, true), (script.IsTooFast, script.IsBursting, script.IsMonotonous));
        var reader = Conduct.Of(Enumerable.Range(0, 100).Select(i => (start.AddSeconds(20 * i), i % 3 != 0)), shareOfYes: 0.6);
        Assert.Equal((false, false, false), (reader.IsTooFast, reader.IsBursting, reader.IsMonotonous));
        var content = Conduct.Of(Enumerable.Range(0, 100).Select(i => (start.AddSeconds(20 * i), true)), shareOfYes: 0.98);
        Assert.False(content.IsMonotonous); // everybody is
        Assert.Equal(0, Conduct.Of([], shareOfYes: 0.5).Answers);
    }

    private static List<Answer> Simulated(int raters, int perRater, double trollShare, double overlap, double goldShare, int seed, out Dictionary<int, int> gold, out bool[] isTroll)
    {
        var random = new Random(seed);
        var trolls = Enumerable.Range(0, raters).Select(rater => rater < trollShare * raters).ToArray();
        isTroll = trolls;
        var shared = raters * perRater / 3;
        var (own, known) = (2 * shared, Math.Max(1, (int)(goldShare * shared)));
        var truths = new Dictionary<int, int>();
        var answers = new List<Answer>();
        for (var rater = 0; rater < raters; rater++)
        {
            foreach (var place in Enumerable.Range(0, perRater))
            {
                var drawn = random.NextDouble();
                var item = goldShare > 0 && drawn < goldShare ? shared + random.Next(known) : random.NextDouble() < overlap ? random.Next(shared) : own++;
                var truth = truths.TryGetValue(item, out var before) ? before : truths[item] = random.Next(10) < 6 ? 1 : 0;
                var thinks = random.NextDouble() < 0.75 ? truth : 1 - truth;
                answers.Add(new Answer(item, rater, trolls[rater] ? 1 - thinks : thinks));
            }
        }

        gold = goldShare > 0 ? truths.Where(item => item.Key >= shared && item.Key < shared + known).ToDictionary() : [];
        return [.. answers.DistinctBy(answer => (answer.Item, answer.Rater))];
    }
}
