using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Tests.Modules;

public sealed class ModuleTests
{
    [Fact]
    public void ParametersAreNamedByTheFieldsThatHoldThem()
    {
        using var network = new Network();

        Assert.Equal(
            ["scale", "embedding.weight", "layers.0.weight", "layers.0.bias", "layers.1.weight"],
            network.named_parameters().Select(entry => entry.name));
        Assert.Equal(["steps"], network.named_buffers().Select(entry => entry.name));
        Assert.Equal(network.named_parameters().Count() + 1, network.state_dict().Count);
        Assert.Equal([6L, 4L], network.get_parameter("embedding.weight")!.shape);
        Assert.Null(network.get_parameter("layers.2.weight"));
    }

    [Fact]
    public void AParameterUnderTwoNamesIsListedOnce()
    {
        using var shared = Parameter(ones(2));
        using var module = new Tied(shared);

        Assert.Single(module.parameters());
    }

    [Fact]
    public void TheSameNameTwiceIsRefused()
    {
        using var network = new Network();

        Assert.Throws<InvalidOperationException>(() => network.register_module("layers", Linear(1, 1)));
        Assert.Throws<ArgumentException>(() => network.register_module("a.b", Linear(1, 1)));
        Assert.Throws<InvalidOperationException>(() => network.register_parameter("scale", Parameter(ones(1))));
    }

    [Fact]
    public void AStateSurvivesAFile()
    {
        using var scope = NewDisposeScope();
        using var first = new Network();
        using var second = new Network();
        var ids = tensor(new long[] { 1, 5, 2 });
        var file = Path.GetTempFileName();
        try
        {
            first.save(file);
            second.load(file);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal(first.call(ids).data<float>().ToArray(), second.call(ids).data<float>().ToArray());
    }

    [Fact]
    public void AStateOfAnotherShapeOrNameIsRefused()
    {
        using var scope = NewDisposeScope();
        using var network = new Network();
        var state = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value);
        state.Remove("scale");
        state["other"] = ones(1);

        var error = Assert.Throws<InvalidOperationException>(() => network.load_state_dict(state));
        Assert.Contains("scale", error.Message);
        Assert.Contains("other", error.Message);
        var (missing, unexpected) = network.load_state_dict(state, strict: false);
        Assert.Equal(["scale"], missing);
        Assert.Equal(["other"], unexpected);
    }

    [Fact]
    public void TrainingModeReachesTheChildrenAndDropoutObeysIt()
    {
        using var scope = NewDisposeScope();
        using var dropout = Dropout(0.5);
        var x = ones(1000);

        Assert.True(dropout.training);
        var dropped = dropout.call(x);
        Assert.InRange(dropped.eq(0).sum().ToInt64(), 300, 700);
        dropout.eval();
        Assert.Equal(1000, dropout.call(x).sum().ToDouble());

        using var network = new Network();
        network.eval();
        Assert.All(network.modules(), module => Assert.False(module.training));
    }

    [Fact]
    public void AModuleChangesItsTypeInPlace()
    {
        using var scope = NewDisposeScope();
        using var network = new Network().to(float64);

        Assert.All(network.parameters(), parameter => Assert.Equal(float64, parameter.dtype));
        Assert.All(network.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.is_leaf));
        Assert.Equal(float64, network.call(tensor(new long[] { 1 })).dtype);
        Assert.Equal(int64, network.get_buffer("steps")!.dtype);
    }

    [Fact]
    public void ClearedGradientsAreNone()
    {
        using var scope = NewDisposeScope();
        using var network = new Network();
        network.call(tensor(new long[] { 1 })).sum().backward();
        Assert.All(network.parameters(), parameter => Assert.NotNull(parameter.grad));

        network.zero_grad();

        Assert.All(network.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void ADisposedModuleDisposesItsParametersAndNothingElseStays()
    {
        using var scope = NewDisposeScope();
        var network = new Network();
        var parameters = network.parameters().ToList();

        network.Dispose();

        Assert.All(parameters, parameter => Assert.True(parameter.IsInvalid));
    }

    [Fact]
    public void AParameterTakesTheTensorOver()
    {
        using var scope = NewDisposeScope();
        var data = ones(2);

        var parameter = Parameter(data);

        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.True(scope.Contains(parameter));
    }

    private sealed class Network : Module<Tensor, Tensor>
    {
        private readonly Parameter scale = Parameter(ones(3));
        private readonly Tensor steps = zeros(1, dtype: int64);
        private readonly Embedding embedding = Embedding(6, 4);
        private readonly ModuleList<Linear> layers = ModuleList(Linear(4, 4), Linear(4, 3, hasBias: false));

        public Network() : base(nameof(Network)) => RegisterComponents();

        public override Tensor forward(Tensor input) => layers[1].call(layers[0].call(embedding.call(input)).relu()) * scale;
    }

    private sealed class Tied : Module
    {
        public Tied(Parameter shared) : base(nameof(Tied))
        {
            register_parameter("first", shared);
            register_parameter("second", shared);
        }
    }
}
