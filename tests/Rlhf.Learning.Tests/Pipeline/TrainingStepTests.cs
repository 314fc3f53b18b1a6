using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Tests.Model;

namespace Rlhf.Learning.Tests.Pipeline;

public sealed class TrainingStepTests
{
    private static readonly PretrainingOptions Options = new() { Sources = [], Steps = 1 };

    private static readonly TokenBatch Batch = new(1, 3, [7, 8, 9], [0, 1, 2], [8, 9, 10]);

    [Fact]
    public void A_step_that_is_not_finite_changes_nothing_and_three_in_a_row_end_the_run()
    {
        using var lm = new CausalLm(TinyModels.Create().Config, Broken(), trainable: true);
        using var step = new TrainingStep(lm, Options);
        var before = lm.ToWeights();

        Assert.Null(step.Take(Batch, 0.01));
        Assert.Null(step.Take(Batch, 0.01));
        Assert.Contains("not finite", Assert.Throws<ArithmeticException>(() => step.Take(Batch, 0.01)).Message);

        var after = lm.ToWeights();
        Assert.All(before.Tensors, tensor => Assert.Equal(tensor.Value.Values, after[tensor.Key].Values));
    }

    [Fact]
    public void A_step_lowers_the_loss_of_its_own_batch()
    {
        var model = TinyModels.Create();
        using var lm = CausalLm.From(model, trainable: true);
        using var step = new TrainingStep(lm, Options);

        var first = step.Take(Batch, 0.01)!.Value.Loss;
        var second = step.Take(Batch, 0.01)!.Value.Loss;

        Assert.True(second < first, $"{second} after {first}");
    }

    private static ModelWeights Broken()
    {
        var model = TinyModels.Create();
        model.Weights[ModelWeights.FinalNorm].Values[0] = float.NaN;
        return model.Weights;
    }
}
