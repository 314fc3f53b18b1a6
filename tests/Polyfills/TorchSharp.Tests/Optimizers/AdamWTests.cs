using TorchSharp.Modules;
using TorchSharp.Tests.Reference;
using static TorchSharp.torch;

namespace TorchSharp.Tests.Optimizers;

public sealed class AdamWTests
{
    [Fact]
    public void StepsWithClippedGradientsArePyTorchs()
    {
        using var scope = NewDisposeScope();
        var reference = ReferenceFile.Instance.Adamw;
        var target = reference.Target.ToTensor();
        var weight = new Parameter(reference.Start.ToTensor());
        using var optimizer = optim.AdamW([weight], 0.05, 0.8, 0.95, 1e-8, 0.1);

        foreach (var step in reference.Steps)
        {
            optimizer.zero_grad();
            (weight - target).pow(2).sum().backward();
            Assert.Equal(step.Norm, nn.utils.clip_grad_norm_([weight], 1.0), 1e-9);
            optimizer.step();
            step.Weight.AssertClose(weight, 1e-9);
        }
    }

    [Fact]
    public void AnOptimizerRestoredFromItsFileGoesOnAsIfNothingHadHappened()
    {
        using var scope = NewDisposeScope();
        using var stayed = new Run();
        using var stopped = new Run();
        stayed.Step(3);
        stopped.Step(3);
        var file = Path.GetTempFileName();
        try
        {
            stopped.Optimizer.save_state_dict(file);
            using var resumed = new Run();
            using (no_grad())
            {
                resumed.Weight.copy_(stopped.Weight);
            }

            resumed.Optimizer.load_state_dict(file);
            Assert.Equal(0.02, resumed.Optimizer.ParamGroups.Single().LearningRate);
            stayed.Step(3);
            resumed.Step(3);

            Assert.Equal(stayed.Weight.data<float>().ToArray(), resumed.Weight.data<float>().ToArray());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void AStateDictionaryGoesFromOneOptimizerToAnother()
    {
        using var scope = NewDisposeScope();
        using var first = new Run();
        using var second = new Run();
        first.Step(2);

        second.Optimizer.load_state_dict(first.Optimizer.state_dict());

        Assert.True(second.Optimizer.state_dict().State[0].ApproximatelyEquals(first.Optimizer.state_dict().State[0]));
    }

    [Fact]
    public void GroupsHaveTheirOwnRatesAndDecay()
    {
        using var scope = NewDisposeScope();
        var fast = new Parameter(ones(1));
        var slow = new Parameter(ones(1));
        using var optimizer = optim.AdamW(
            [new AdamW.ParamGroup([fast], lr: 0.1), new AdamW.ParamGroup { Parameters = [slow] }], lr: 0.01);

        (fast + slow).sum().backward();
        optimizer.step();

        Assert.Equal(0.9f, fast.ToSingle(), 1e-5f);
        Assert.Equal(0.99f, slow.ToSingle(), 1e-5f);
        Assert.Equal([0.1, 0.01], optimizer.ParamGroups.Select(group => group.LearningRate));
    }

    [Fact]
    public void AParameterWithoutAGradientStaysAsItIs()
    {
        using var scope = NewDisposeScope();
        var idle = new Parameter(ones(1));
        using var optimizer = optim.AdamW([idle], weight_decay: 0.5);

        optimizer.step();

        Assert.Equal(1f, idle.ToSingle());
    }

    [Fact]
    public void AStateOfOtherParametersIsRefused()
    {
        using var scope = NewDisposeScope();
        using var one = new Run();
        using var two = optim.AdamW([new Parameter(ones(1)), new Parameter(ones(1))]);

        Assert.Throws<ArgumentException>(() => two.load_state_dict(one.Optimizer.state_dict()));
        Assert.Throws<ArgumentException>(() => optim.AdamW([one.Weight], lr: -1));
    }

    private sealed class Run : IDisposable
    {
        public Run() => Optimizer = optim.AdamW([Weight], 0.02, weight_decay: 0.01);

        public Parameter Weight { get; } = new(arange(6, dtype: float32));

        public AdamW Optimizer { get; }

        public void Step(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Optimizer.zero_grad();
                Weight.sin().sum().backward();
                Optimizer.step();
            }
        }

        public void Dispose()
        {
            Optimizer.Dispose();
            Weight.Dispose();
        }
    }
}
