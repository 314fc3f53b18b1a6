using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Rlhf.Learning.Tests.Torch;

public sealed class AdamWTests
{
    private const double LearningRate = 0.1, WeightDecay = 0.05, Beta2 = 0.95;

    private static readonly float[] Start = [0.5f, -1, 2, 0, -3];

    private static readonly float[][] Gradients = [[0.1f, -0.2f, 0, 4, 1e-6f], [0.3f, 0.1f, -1, 4, -2e-6f], [-0.2f, 0.5f, 0.5f, -1, 3e-6f], [0, 0, 0, 0, 0]];

    // adamw_reference.py
    [Fact]
    public void Steps_give_PyTorchs_numbers()
    {
        using var trained = Trained(Start);
        using var adam = Adam(trained);

        foreach (var gradient in Gradients)
            Step(adam, trained, gradient);

        float[] expected = [0.25478366017341614f, -0.9446001052856445f, 2.0745890140533447f, -0.3174964487552643f, -3.0636818408966064f];
        Assert.All(trained.ToArray().Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }

    [Fact]
    public void Each_group_has_its_own_decay_and_learning_rate()
    {
        using var fast = Trained(Start);
        using var still = Trained(Start);
        using var adam = new AdamW([new ParameterGroup([fast], WeightDecay) { LearningRate = LearningRate }, new ParameterGroup([still], 0) { LearningRate = 0 }], beta2: Beta2);
        using var alone = Trained(Start);
        using var other = Adam(alone);

        fast.grad = tensor(Gradients[0]);
        still.grad = tensor(Gradients[0]);
        adam.Step();
        Step(other, alone, Gradients[0]);

        Assert.Equal(alone.ToArray(), fast.ToArray());
        Assert.Equal(Start, still.ToArray());
    }

    [Fact]
    public void What_has_no_gradient_does_not_move_and_takes_no_step()
    {
        using var trained = Trained(Start);
        using var left = Trained(Start);
        using var adam = new AdamW([new ParameterGroup([trained, left], WeightDecay) { LearningRate = LearningRate }]);

        Step(adam, trained, Gradients[0]);

        Assert.Equal(Start, left.ToArray());
        Assert.Equal([1, 0], adam.Steps);
    }

    [Fact]
    public void One_that_got_anothers_state_goes_on_with_the_same_numbers()
    {
        using var first = Trained(Start);
        using var adam = Adam(first);
        Step(adam, first, Gradients[0]);
        using var second = Trained(first.ToArray());
        using var resumed = Adam(second);
        var state = adam.State.ToDictionary(moments => moments.Name, moments => moments.Values.ToWeight());

        resumed.Steps = adam.Steps;
        foreach (var (name, values) in resumed.State)
            values.CopyFrom(state, name);
        Step(adam, first, Gradients[1]);
        Step(resumed, second, Gradients[1]);

        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Fact]
    public void State_of_other_parameters_is_refused()
    {
        using var trained = Trained(Start);
        using var adam = Adam(trained);

        Assert.Contains("1 are trained now", Assert.Throws<InvalidDataException>(() => adam.Steps = [1, 1]).Message);
        Assert.Contains("missing", Assert.Throws<InvalidDataException>(() => adam.State.First().Values.CopyFrom(new Dictionary<string, Rlhf.Inference.WeightTensor>(), "trained.0.first_moment")).Message);
    }

    private static AdamW Adam(Parameter trained) => new([new ParameterGroup([trained], WeightDecay) { LearningRate = LearningRate }], beta2: Beta2);

    private static Parameter Trained(float[] values) => new(tensor(values));

    private static void Step(AdamW adam, Parameter trained, float[] gradient)
    {
        trained.grad = tensor(gradient);
        adam.Step();
    }
}
