using Rlhf.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>A low-rank adapter under training: y = W·x + scale · B·(A·x) at each target projection of each layer.</summary>
public sealed class LoraParameters : nn.Module
{
    private readonly ModelConfig _config;
    private readonly Device _device;
    private readonly Dictionary<string, (Parameter A, Parameter B)> _pairs = [];

    /// <summary>A new adapter that changes nothing yet: A uniform in ±1/√in, B zero.</summary>
    /// <param name="config">The model it belongs to.</param>
    /// <param name="options">Rank, alpha and targets.</param>
    /// <param name="seed">The same seed gives the same A.</param>
    /// <param name="device">Where it lies; the CPU unless named.</param>
    public LoraParameters(ModelConfig config, LoraOptions options, ulong seed, Device? device = null)
        : this(config, Fresh(config, options, seed), trainable: true, device)
    {
    }

    /// <summary>Goes on from a saved adapter.</summary>
    /// <exception cref="InvalidDataException">The adapter belongs to a model of another shape.</exception>
    public LoraParameters(ModelConfig config, LoraAdapter adapter, bool trainable = true, Device? device = null)
        : base(nameof(LoraParameters))
    {
        adapter.CheckFits(config);
        _config = config;
        _device = device ?? CPU;
        Rank = adapter.Rank;
        Alpha = adapter.Alpha;
        foreach (var (path, pair) in adapter.Modules.OrderBy(module => module.Key, StringComparer.Ordinal))
        {
            var (a, b) = (pair.A.ToParameter(trainable, _device), pair.B.ToParameter(trainable, _device));     // (r, in), (out, r)
            _pairs.Add(path, (a, b));
            // Module names must not hold the dots of a path.
            register_parameter(path.Replace('.', '_') + "_A", a);
            register_parameter(path.Replace('.', '_') + "_B", b);
        }
    }

    /// <summary>Rows of A and columns of B.</summary>
    public int Rank { get; }

    /// <summary>The change is scaled by alpha / rank.</summary>
    public float Alpha { get; }

    /// <summary>A copy of the numbers, to be saved or served.</summary>
    public LoraAdapter ToAdapter()
        => new(Rank, Alpha, _pairs.ToDictionary(pair => pair.Key, pair => new LoraPair(pair.Value.A.ToWeight(), pair.Value.B.ToWeight())));

    /// <summary>The pairs as the fused projections need them; made for each forward pass, because gradients flow through the making.</summary>
    internal FusedLora Fuse()
    {
        var changes = new Dictionary<(int Layer, FusedProjection Projection), (Tensor A, Tensor B)>();
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            foreach (var projection in FusedProjection.Of(_config))
            {
                if (Fuse(layer, projection) is var (a, b))
                    changes.Add((layer, projection), (a, b));
            }
        }

        return new FusedLora(Alpha / Rank, changes);
    }

    // A's below each other; B's along the diagonal, so that each member gets its own A's part only.
    private (Tensor A, Tensor B)? Fuse(int layer, FusedProjection projection)
    {
        var pairs = projection.Members
            .Select(member => _pairs.TryGetValue(Projections.Path(layer, member), out var pair) ? pair : ((Parameter A, Parameter B)?)null)
            .ToArray();
        var present = pairs.Count(pair => pair is not null);
        if (present == 0)
            return null;
        if (pairs is [var (onlyA, onlyB)])
            return (onlyA, onlyB);                                                                              // (r, in), (out, r)

        var firsts = new List<Tensor>();
        var rows = new List<Tensor>();
        foreach (var (member, pair) in projection.Members.Zip(pairs))
        {
            if (pair is var (a, b))
            {
                var before = firsts.Count * Rank;
                firsts.Add(a);
                rows.Add(cat([Zeros(member, before), b, Zeros(member, (present * Rank) - before - Rank)], 1));  // (out of member, n·r)
            }
            else
            {
                rows.Add(Zeros(member, present * Rank));                                                        // (out of member, n·r)
            }
        }

        return (cat(firsts, 0), cat(rows, 0));                                                                  // (n·r, in), (out, n·r)
    }

    private Tensor Zeros(string member, int columns) => zeros([Projections.Size(_config, member).Out, columns], device: _device);

    private static LoraAdapter Fresh(ModelConfig config, LoraOptions options, ulong seed)
    {
        var modules = new Dictionary<string, LoraPair>();
        var lowest = options.TopLayers == 0 ? 0 : Math.Max(0, config.Layers - options.TopLayers);
        for (var layer = lowest; layer < config.Layers; layer++)
        {
            foreach (var target in options.Targets.Intersect(Projections.Of(config)))
            {
                var (rows, columns) = Projections.Size(config, target);
                var path = Projections.Path(layer, target);
                var random = SeededRandom.For(seed, path);
                var bound = 1 / Math.Sqrt(columns);
                var a = new float[options.Rank * columns];
                for (var i = 0; i < a.Length; i++)
                    a[i] = (float)(bound * ((2 * random.NextDouble()) - 1));
                modules[path] = new LoraPair(new WeightTensor(a, options.Rank, columns), new WeightTensor(new float[rows * options.Rank], rows, options.Rank));
            }
        }

        return new LoraAdapter(options.Rank, options.Alpha, modules);
    }
}

/// <summary>An adapter's pairs by fused projection, for one forward pass.</summary>
/// <param name="Scale">Alpha / rank.</param>
/// <param name="Changes">A (n·r, in) and B (out, n·r).</param>
internal sealed record FusedLora(float Scale, IReadOnlyDictionary<(int Layer, FusedProjection Projection), (Tensor A, Tensor B)> Changes);
