using Rlhf.Statistics.Raters;

namespace Rlhf.Statistics.Tests.Raters;

public sealed class DawidSkeneTests
{
    [Fact]
    public void It_is_the_papers_algorithm()
    {
        var answers = Drawn(items: 40, labels: 3, rates: [0.9, 0.8, 0.7, 0.5, 0.3], seed: 1, out _);
        var model = DawidSkene.Fit(answers, 40, 5, 3, priorAnswers: 0, priorRight: 0);
        var twin = Twin(answers, 40, 5, 3);
        for (var item = 0; item < 40; item++)
        {
            for (var label = 0; label < 3; label++)
            {
                Assert.Equal(twin[item][label], model.Posterior[item, label], 4);
            }
        }
    }

    [Fact]
    public void Confusion_matrices_are_found_that_answers_were_drawn_from()
    {
        double[] rates = [0.9, 0.8, 0.7, 0.6, 0.2];
        var answers = Drawn(items: 4000, labels: 2, rates, seed: 2, out var truth);
        var model = DawidSkene.Fit(answers, 4000, 5, 2);
        for (var rater = 0; rater < rates.Length; rater++)
        {
            Assert.Equal(rates[rater], model.Confusion[rater, 1, 1], 0.04);
            Assert.Equal(rates[rater], model.Confusion[rater, 0, 0], 0.04);
        }

        var voted = MajorityVote.Of(answers, 4000, 2);
        Assert.True(Right(model.LabelOf) > Right(item => voted[item]) + 200);

        int Right(Func<int, int> label) => truth.Index().Count(item => label(item.Index) == item.Item);
    }

    [Fact]
    public void Known_labels_stay_what_they_are_and_tell_of_who_contradicts_them()
    {
        // Two liars against one honest rater: only the known labels tell which is which.
        var answers = Enumerable.Range(0, 40).SelectMany(item => new Answer[] { new(item, 0, item % 2), new(item, 1, 1 - (item % 2)), new(item, 2, 1 - (item % 2)) }).ToList();
        Assert.Equal(1, DawidSkene.Fit(answers, 40, 3, 2).LabelOf(38));
        var model = DawidSkene.Fit(answers, 40, 3, 2, Enumerable.Range(0, 20).ToDictionary(item => item, item => item % 2));
        Assert.All(Enumerable.Range(0, 40), item => Assert.Equal(item % 2, model.LabelOf(item)));
        Assert.InRange(model.Confusion[0, 1, 1], 0.9, 1);
        Assert.InRange(model.Confusion[1, 1, 1], 0, 0.25);
    }

    [Fact]
    public void The_model_is_chosen_only_where_it_beats_the_vote_on_gold()
    {
        // One expert among noise: the vote is beaten.
        var answers = Drawn(items: 400, labels: 2, rates: [0.97, 0.55, 0.55, 0.55, 0.55], seed: 3, out var truth);
        var gold = Enumerable.Range(0, 200).ToDictionary(item => item, item => truth[item]);
        var choice = GoldChoice.Measure(answers, 400, 5, 2, gold);
        Assert.True(choice.UsesDawidSkene);
        Assert.True(choice.DawidSkeneRight > choice.MajorityRight + 20);

        // Nobody contradicts anybody: the vote stays.
        var unanimous = Drawn(items: 50, labels: 2, rates: [1, 1, 1], seed: 4, out truth);
        choice = GoldChoice.Measure(unanimous, 50, 3, 2, Enumerable.Range(0, 50).ToDictionary(item => item, item => truth[item]));
        Assert.Equal((50, 50, false), (choice.MajorityRight, choice.Right, choice.UsesDawidSkene));
    }

    [Fact]
    public void Ties_go_to_the_label_that_is_more_frequent()
    {
        Assert.Equal([1, 1, MajorityVote.None], MajorityVote.Of([new(0, 0, 0), new(0, 1, 1), new(1, 0, 1)], items: 3, labels: 2));
        Assert.Equal([0], MajorityVote.Of([new(0, 0, 1), new(0, 1, 0)], items: 1, labels: 2));
    }

    internal static List<Answer> Drawn(int items, int labels, double[] rates, int seed, out int[] truth)
    {
        var random = new Random(seed);
        var drawn = Enumerable.Range(0, items).Select(_ => random.Next(labels)).ToArray();
        truth = drawn;
        return [.. from item in Enumerable.Range(0, items)
                   from rater in Enumerable.Range(0, rates.Length)
                   select new Answer(item, rater, random.NextDouble() < rates[rater] ? drawn[item] : (drawn[item] + 1 + random.Next(labels - 1)) % labels)];
    }

    /// <summary>Equations 2.3 to 2.5 of the paper, word by word: products of probabilities, no logarithms, no priors.</summary>
    private static double[][] Twin(List<Answer> answers, int items, int raters, int labels)
    {
        var t = Enumerable.Range(0, items).Select(i => Enumerable.Range(0, labels).Select(l => answers.Count(a => a.Item == i && a.Label == l) / (double)answers.Count(a => a.Item == i)).ToArray()).ToArray();
        for (var iteration = 0; iteration < 100; iteration++)
        {
            var p = Enumerable.Range(0, labels).Select(j => t.Sum(row => row[j]) / items).ToArray();
            double Pi(int k, int j, int l) => answers.Where(a => a.Rater == k && a.Label == l).Sum(a => t[a.Item][j]) / answers.Where(a => a.Rater == k).Sum(a => t[a.Item][j]);
            var pi = Enumerable.Range(0, raters).Select(k => Enumerable.Range(0, labels).Select(j => Enumerable.Range(0, labels).Select(l => Pi(k, j, l)).ToArray()).ToArray()).ToArray();
            t = [.. Enumerable.Range(0, items).Select(i =>
            {
                var products = Enumerable.Range(0, labels).Select(j => p[j] * answers.Where(a => a.Item == i).Aggregate(1.0, (product, a) => product * pi[a.Rater][j][a.Label])).ToArray();
                return products.Select(product => product / products.Sum()).ToArray();
            })];
        }

        return t;
    }
}
