using static TorchSharp.torch;

namespace TorchSharp.Tests.Reference;

public sealed class ReferenceTests
{
    public static TheoryData<string> Names => [.. ReferenceFile.Instance.Cases.Keys];

    [Fact]
    public void EveryReferenceCaseIsWrittenHereToo() =>
        Assert.Equal(ReferenceFile.Instance.Cases.Keys.Order(), Composites.All.Keys.Order());

    [Theory, MemberData(nameof(Names))]
    public void ValuesAndGradientsArePyTorchs(string name)
    {
        using var scope = NewDisposeScope();
        var reference = ReferenceFile.Instance.Cases[name];
        var inputs = Leaves(reference);

        var output = Composites.All[name](inputs);

        reference.Output.AssertClose(output, 1e-10);
        if (output.requires_grad)
        {
            Weighted(output).backward();
            foreach (var (input, gradient) in inputs.Zip(reference.Gradients))
            {
                Assert.Equal(gradient is null, input.grad is null);
                gradient?.AssertClose(input.grad!, 1e-10);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void GradientsAreThoseOfFiniteDifferences(string name)
    {
        using var scope = NewDisposeScope();
        var reference = ReferenceFile.Instance.Cases[name];
        var inputs = Leaves(reference);
        var output = Composites.All[name](inputs);
        if (!output.requires_grad)
        {
            return;
        }

        Weighted(output).backward();

        foreach (var input in inputs.Where(input => input.requires_grad))
        {
            var gradient = input.grad!.flatten().data<double>().ToArray();
            var values = input.detach().flatten();
            for (var i = 0; i < gradient.Length; i++)
            {
                Assert.Equal(Slope(values, i), gradient[i], 1e-5 * (1 + Math.Abs(gradient[i])));
            }
        }

        // The leaves share their memory with their detached views, so that a step in one is a step in the other.
        double Slope(Tensor values, int i)
        {
            const double Step = 1e-6;
            using var frozen = no_grad();
            var elements = values.data<double>();
            var at = elements[i];
            elements[i] = at + Step;
            var above = Weighted(Composites.All[name](inputs)).ToDouble();
            elements[i] = at - Step;
            var below = Weighted(Composites.All[name](inputs)).ToDouble();
            elements[i] = at;
            return (above - below) / (2 * Step);
        }
    }

    private static Tensor[] Leaves(ReferenceCase reference) =>
        [.. reference.Inputs.Zip(reference.Gradients, (input, gradient) => input.ToTensor().requires_grad_(gradient is not null))];

    private static Tensor Weighted(Tensor output) =>
        (output * arange(1, output.numel() + 1, ScalarType.Float64).view(output.shape)).sum();
}
