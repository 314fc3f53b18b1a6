using static TorchSharp.torch;

namespace TorchSharp.Tests.Randomness;

public sealed class GeneratorTests
{
    [Fact]
    public void ASeedGivesTheSameNumbersEveryTime()
    {
        using var scope = NewDisposeScope();
        using var first = new Generator(42);
        using var second = new Generator(42);

        Assert.Equal(Draw(first), Draw(second));
        Assert.Equal(42, first.initial_seed());
        Assert.NotEqual(Draw(first), Draw(new Generator(43)));
    }

    [Fact]
    public void AStateBringsTheNumbersBack()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        Draw(generator);
        var state = generator.get_state();
        var next = Draw(generator);

        generator.set_state(state);

        Assert.Equal(ScalarType.Byte, state.dtype);
        Assert.Equal(next, Draw(generator));
    }

    [Fact]
    public void AStateSurvivesBytes()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var stored = generator.get_state().data<byte>().ToArray();
        var next = Draw(generator);
        using var restored = new Generator();

        restored.set_state(tensor(stored));

        Assert.Equal(next, Draw(restored));
    }

    [Fact]
    public void EachKindOfDrawTakesAGenerator()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);

        Assert.All(rand(100, generator: generator).data<float>(), value => Assert.InRange(value, 0, 1));
        Assert.All(randint(3, 9, new long[] { 100 }, generator: generator).data<long>(), value => Assert.InRange(value, 3, 8));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), randperm(20, generator: generator).data<long>().Order());
        Assert.All(tensor(new[] { 0f, 1f, 3f }).multinomial(50, true, generator).data<long>(), value => Assert.InRange(value, 1, 2));
        Assert.InRange(full([1000], 0.3).bernoulli(generator).sum().ToDouble(), 200, 400);
        Assert.InRange(empty(1000).normal_(5, 0.1, generator).mean().ToDouble(), 4.9, 5.1);
    }

    private static float[] Draw(Generator generator) => randn(8, generator: generator).data<float>().ToArray();
}
