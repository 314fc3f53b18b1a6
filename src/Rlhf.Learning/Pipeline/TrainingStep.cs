using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Pipeline;

/// <summary>One step of AdamW on a batch. A step whose loss or gradient is not finite changes nothing and says so.</summary>
internal sealed class TrainingStep : IDisposable
{
    // As many in a row end the run: the numbers will not come back by themselves.
    private const int MostBadInARow = 3;

    private readonly CausalLm _model;
    private readonly double _gradientNorm;
    private int _badInARow;

    public TrainingStep(CausalLm model, TrainingOptions options)
    {
        _model = model;
        _gradientNorm = options.GradientNorm;
        Optimizer = new AdamW(
            [
                new ParameterGroup(model.parameters().Where(parameter => parameter.shape.Length > 1), options.WeightDecay),
                new ParameterGroup(model.parameters().Where(norm => norm.shape.Length == 1), weightDecay: 0),
            ],
            beta2: options.Beta2);
    }

    public AdamW Optimizer { get; }

    /// <summary>Loss in nats a token and the gradient's norm before clipping; null where the step was dropped.</summary>
    /// <exception cref="ArithmeticException">Too many steps in a row were dropped.</exception>
    public (double Loss, double GradientNorm)? Take(TokenBatch batch, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var forward = ShardedForward.Of(
            _model.Workers, ShardedForward.Cut(_model.Workers, [.. Enumerable.Repeat(batch.Columns, batch.Rows)]), rows => [batch.Take(rows).LogProbs(_model)]);
        var loss = forward.Outputs[0].mean().neg();                                                // ()
        var value = loss.item<float>();
        var norm = double.NaN;
        if (float.IsFinite(value))
        {
            loss.backward();
            forward.Backward(Optimizer.Parameters);
            norm = nn.utils.clip_grad_norm_(Optimizer.Parameters, _gradientNorm);
        }

        if (!double.IsFinite(norm))
        {
            if (++_badInARow >= MostBadInARow)
                throw new ArithmeticException($"{MostBadInARow} steps in a row had a loss or gradient that is not finite (last loss {value}); the last checkpoint is kept. A lower learning rate may help.");
            return null;
        }

        _badInARow = 0;
        foreach (var group in Optimizer.Groups)
            group.LearningRate = learningRate;
        Optimizer.Step();
        return (value, norm);
    }

    public void Dispose() => Optimizer.Dispose();
}
