using Rlhf.Learning.Algorithms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Torch;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), in the order of operations of PyTorch. TorchSharp has one too, but its numbers
/// may be freed while native code reads them (<see cref="Arithmetic"/>).
/// </summary>
internal sealed class AdamW : IDisposable
{
    private const double Epsilon = 1e-8;

    private readonly double _beta1;
    private readonly double _beta2;
    private readonly Moments[] _moments;

    /// <param name="groups">What is trained, and how fast.</param>
    /// <param name="beta1">Share of the gradients' running mean that a step keeps.</param>
    /// <param name="beta2">The same of their squares' mean.</param>
    public AdamW(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999)
    {
        (_beta1, _beta2) = (beta1, beta2);
        Groups = groups;
        Parameters = [.. groups.SelectMany(group => group.Parameters)];
        _moments = [.. groups.SelectMany(group => group.Parameters, (group, parameter) => new Moments(group, parameter))];
    }

    /// <summary>What is trained. A group's learning rate may change between steps.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The parameters of all groups.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Steps that each parameter has taken; a checkpoint keeps them.</summary>
    /// <exception cref="InvalidDataException">Those to go on from are of other parameters.</exception>
    public IReadOnlyList<long> Steps
    {
        get => [.. _moments.Select(moments => moments.Steps)];
        set
        {
            if (value.Count != _moments.Length)
                throw new InvalidDataException($"The checkpoint is of {value.Count} parameters; {_moments.Length} are trained now. It was made by another algorithm or with other options.");

            foreach (var (moments, steps) in _moments.Zip(value))
                moments.Steps = steps;
        }
    }

    /// <summary>The gradients' running means and those of their squares, under the names that a checkpoint has them by.</summary>
    public IEnumerable<(string Name, Tensor Values)> State => _moments.SelectMany((moments, i) => new[]
    {
        ($"trained.{i}.first_moment", moments.First),
        ($"trained.{i}.second_moment", moments.Second),
    });

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step()
    {
        using var noGradient = no_grad();
        foreach (var moments in _moments)
        {
            using var scope = NewDisposeScope();
            if (moments.Parameter.grad is { } gradient)
                Step(moments, gradient);
        }
    }

    /// <summary>Frees the moments; the parameters are whose they were.</summary>
    public void Dispose()
    {
        foreach (var moments in _moments)
        {
            moments.First.Dispose();
            moments.Second.Dispose();
        }
    }

    private void Step(Moments moments, Tensor gradient)
    {
        var group = moments.Group;
        moments.Steps++;
        if (group.WeightDecay > 0)
            moments.Parameter.MultiplyInPlace(1 - (group.LearningRate * group.WeightDecay));

        moments.First.MultiplyInPlace(_beta1).AddInPlace(gradient, 1 - _beta1);
        moments.Second.MultiplyInPlace(_beta2).AddProductInPlace(gradient, gradient, 1 - _beta2);
        var denominator = moments.Second.sqrt().DivideInPlace(Math.Sqrt(1 - Math.Pow(_beta2, moments.Steps))).AddInPlace(Epsilon);
        moments.Parameter.AddQuotientInPlace(moments.First, denominator, -group.LearningRate / (1 - Math.Pow(_beta1, moments.Steps)));
    }

    private sealed class Moments(ParameterGroup group, Parameter parameter)
    {
        public ParameterGroup Group { get; } = group;

        public Parameter Parameter { get; } = parameter;

        public long Steps { get; set; }

        public Tensor First { get; } = zeros_like(parameter).DetachFromDisposeScope();

        public Tensor Second { get; } = zeros_like(parameter).DetachFromDisposeScope();
    }
}

/// <summary>Parameters that are trained alike.</summary>
/// <param name="parameters">The parameters.</param>
/// <param name="weightDecay">How much of itself a parameter loses in a step, for each unit of the learning rate.</param>
internal sealed class ParameterGroup(IEnumerable<Parameter> parameters, double weightDecay)
{
    /// <summary>The parameters.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = [.. parameters];

    /// <summary>How much of itself a parameter loses in a step, for each unit of the learning rate.</summary>
    public double WeightDecay { get; } = weightDecay;

    /// <summary>How far a step goes.</summary>
    public double LearningRate { get; set; }
}
