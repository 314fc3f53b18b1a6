using System.Numerics.Tensors;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class RewardKernelTests
{
    private const int Count = 90;
    private const int Landmarks = 70;
    private static readonly ReplyViews[] Replies = [.. Enumerable.Range(0, Count).Select(Reply)];
    private readonly RewardKernel _kernel = new(Replies[..Landmarks]);

    [Fact]
    public void Inner_products_of_coordinates_are_the_kernels_values()
    {
        var coordinates = _kernel.Coordinates([], new ParallelOptions());

        for (var i = 0; i < Landmarks; i++)
        {
            var row = _kernel.Row(Replies[i]);
            for (var j = 0; j < i; j++)
                Assert.Equal(row[j], TensorPrimitives.Dot(coordinates[i].AsSpan(0, j + 1), coordinates[j]), 1e-3);
        }
    }

    [Fact]
    public void Weights_of_coordinates_and_their_dual_give_the_same_score_to_replies_seen_and_unseen()
    {
        var coordinates = _kernel.Coordinates(Replies[Landmarks..], new ParallelOptions());
        float[] weights = [.. Enumerable.Range(0, Landmarks).Select(i => MathF.Sin(i))];

        var dual = RewardKernel.Dual(coordinates[..Landmarks], weights);

        // A landmark's own row has the jitter that keeps the factor sound; an unseen reply's has not.
        for (var i = Landmarks; i < Count; i++)
            Assert.Equal(TensorPrimitives.Dot(weights, coordinates[i]), TensorPrimitives.Dot(dual, _kernel.Row(Replies[i])), 5e-3);
    }

    [Fact]
    public void A_reply_is_most_like_itself_and_like_one_with_nothing_in_common_not_at_all()
    {
        ReplyViews one = new([1, 2, 3], [4], [5], [6]), near = new([1, 2, 7], [4], [5], [6]), far = new([11], [12], [13], [14]);

        var row = new RewardKernel([one, near, far]).Row(one);

        Assert.True(row[0] > row[1] && row[1] > 10 * row[2], string.Join(' ', row));
        Assert.Equal(row[0], new RewardKernel([near, one]).Row(one)[1]);
    }

    private static ReplyViews Reply(int i)
    {
        var random = new Random(i);
        return new ReplyViews(Some(12), Some(5), Some(3), Some(4));

        int[] Some(int of) => [.. Enumerable.Range(0, of).Where(_ => random.Next(2) == 0)];
    }
}
