namespace Rlhf.Inference.Tests;

public sealed class PromptSharesTests
{
    [Theory]
    [InlineData(64, new[] { 500 }, new[] { 64 })]
    [InlineData(64, new[] { 10 }, new[] { 10 })]
    [InlineData(64, new[] { 500, 20, 20 }, new[] { 24, 20, 20 })]
    [InlineData(64, new[] { 500, 60, 20 }, new[] { 16, 28, 20 })]
    [InlineData(64, new[] { 20, 500, 500 }, new[] { 20, 44, 0 })]
    [InlineData(4, new[] { 9, 1, 1, 1, 1 }, new[] { 1, 1, 1, 1, 0 })]
    [InlineData(1, new[] { 9, 1 }, new[] { 1, 0 })]
    [InlineData(64, new int[0], new int[0])]
    public void TheShortestGoFirst_AndTheOldestGetsAQuarter(int rows, int[] left, int[] expected)
    {
        var shares = new int[left.Length];
        PromptShares.Divide(rows, left, shares);
        Assert.Equal(expected, shares);
    }

    [Fact]
    public void NoRowIsGivenTwice_AndNoneIsLeftWhileSomebodyNeedsIt()
    {
        var random = new Random(1);
        for (int round = 0; round < 500; round++)
        {
            int rows = 1 + random.Next(100);
            int[] left = [.. Enumerable.Range(0, 1 + random.Next(300)).Select(_ => 1 + random.Next(50))];
            var shares = new int[left.Length];
            PromptShares.Divide(rows, left, shares);
            Assert.All(shares.Zip(left), share => Assert.InRange(share.First, 0, share.Second));
            Assert.Equal(Math.Min(rows, left.Sum()), shares.Sum());
        }
    }
}
