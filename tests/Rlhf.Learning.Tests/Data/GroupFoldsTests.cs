using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Tests.Data;

public sealed class GroupFoldsTests
{
    private static readonly string[] Groups = [.. Enumerable.Range(0, 500).Select(i => $"group {(i * i) % 83}")];

    [Fact]
    public void No_group_is_split()
    {
        var folds = GroupFolds.Assign(Groups, 5, seed: 1);

        Assert.All(Groups.Zip(folds).GroupBy(row => row.First), group => Assert.Single(group.Select(row => row.Second).Distinct()));
    }

    [Fact]
    public void Folds_are_of_nearly_equal_size()
    {
        var sizes = GroupFolds.Assign(Groups, 5, seed: 1).GroupBy(f => f).Select(f => f.Count()).ToArray();

        Assert.Equal(5, sizes.Length);
        Assert.InRange(sizes.Max() - sizes.Min(), 0, Groups.GroupBy(g => g).Max(g => g.Count()));
    }

    [Fact]
    public void A_seed_gives_the_same_folds_and_another_seed_others()
    {
        Assert.Equal(GroupFolds.Assign(Groups, 5, seed: 1), GroupFolds.Assign(Groups, 5, seed: 1));
        Assert.NotEqual(GroupFolds.Assign(Groups, 5, seed: 1), GroupFolds.Assign(Groups, 5, seed: 2));
    }

    [Fact]
    public void Fewer_groups_than_folds_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => GroupFolds.Assign(["a", "a", "b"], 3, seed: 1));

        Assert.Contains("2 groups", error.Message);
    }
}
