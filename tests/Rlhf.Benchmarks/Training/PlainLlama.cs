using Rlhf.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Rlhf.Benchmarks.Training;

// train_pytorch.py written in TorchSharp, part for part, so that each can be held against the other. Nothing here is of Rlhf.Learning, whose
// settings of libtorch are for the other side of the comparison.

/// <summary>One adapter's change to one projection.</summary>
internal sealed class PlainLora : Module<Tensor, Tensor>
{
    private readonly Parameter _a;
    private readonly Parameter _b;
    private readonly double _scale;

    public PlainLora(LoraPair pair, double scale, bool trainable)
        : base(nameof(PlainLora))
    {
        _a = new Parameter(PlainLlama.Of(pair.A), trainable);                                                      // (r, in)
        _b = new Parameter(PlainLlama.Of(pair.B), trainable);                                                      // (out, r)
        _scale = scale;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => functional.linear(functional.linear(x, _a), _b) * _scale;
}

/// <summary>LoRAs on all seven projections of some layers.</summary>
internal sealed class PlainAdapter : Module
{
    private readonly ModuleDict<PlainLora> _loras = new();

    public PlainAdapter(LoraAdapter adapter, bool trainable = true)
        : base(nameof(PlainAdapter))
    {
        foreach (var (path, pair) in adapter.Modules)
            _loras.Add(Key(path), new PlainLora(pair, adapter.Alpha / adapter.Rank, trainable));
        RegisterComponents();
    }

    public PlainLora? At(string path) => _loras.ContainsKey(Key(path)) ? _loras[Key(path)] : null;

    // Module names must not hold the dots of a path.
    private static string Key(string path) => path.Replace('.', '_');
}

/// <summary>Root mean square norm, which TorchSharp has no module for.</summary>
internal sealed class PlainRmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    public PlainRmsNorm(WeightTensor weight, double epsilon)
        : base(nameof(PlainRmsNorm))
    {
        _weight = new Parameter(PlainLlama.Of(weight));                                                            // (d)
        _epsilon = epsilon;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => x * rsqrt(x.pow(2).mean([-1], keepdim: true) + _epsilon) * _weight;
}

/// <summary>A layer's keys and values of the tokens before, (B, K, T, h).</summary>
internal sealed class PlainCache : IDisposable
{
    private Tensor? _keys;
    private Tensor? _values;

    public (Tensor Keys, Tensor Values) Add(Tensor keys, Tensor values)
    {
        var (allKeys, allValues) = _keys is null || _values is null ? (keys.alias(), values.alias()) : (cat([_keys, keys], 2), cat([_values, values], 2));
        Dispose();
        return (_keys, _values) = (allKeys.DetachFromDisposeScope(), allValues.DetachFromDisposeScope());
    }

    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
    }
}

/// <summary>Grouped-query attention and SwiGLU.</summary>
internal sealed class PlainLayer : Module
{
    private readonly ModelConfig _c;
    private readonly int _index;
    private readonly ModuleDict<Linear> _projections = new();
    private readonly PlainRmsNorm _norm1;
    private readonly PlainRmsNorm _norm2;

    public PlainLayer(ModelConfig c, ModelWeights weights, int index)
        : base(nameof(PlainLayer))
    {
        _c = c;
        _index = index;
        foreach (var name in Projections.All)
        {
            var (outputs, inputs) = Projections.Size(c, name);
            var linear = Linear(inputs, outputs, hasBias: false);
            PlainLlama.Load(linear.weight!, weights[ModelWeights.Projection(index, name)]);
            _projections.Add(name.Replace('.', '_'), linear);
        }

        _norm1 = new PlainRmsNorm(weights[ModelWeights.InputNorm(index)], c.NormEpsilon);
        _norm2 = new PlainRmsNorm(weights[ModelWeights.PostAttentionNorm(index)], c.NormEpsilon);
        RegisterComponents();
    }

    public Tensor Forward(Tensor x, Tensor cos, Tensor sin, PlainAdapter? adapter, PlainCache? cache)
    {
        // Without gradients what lies in between is free for the next layer, as Python's references would have it.
        using var scope = NewDisposeScope();
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var h = _norm1.forward(x);                                                                                 // (B, T, d)
        var q = Rotate(Split(Project(Projections.Query, h), _c.Heads), cos, sin);                                  // (B, H, T, h)
        var k = Rotate(Split(Project(Projections.Key, h), _c.KeyValueHeads), cos, sin);                            // (B, K, T, h)
        var v = Split(Project(Projections.Value, h), _c.KeyValueHeads);                                            // (B, K, T, h)
        if (cache is not null)
            (k, v) = cache.Add(k, v);
        long group = _c.Heads / _c.KeyValueHeads;
        (k, v) = (k.repeat_interleave(group, 1), v.repeat_interleave(group, 1));                                   // (B, H, T', h)
        // What PyTorch 1.13 has no function for, and the script therefore writes out.
        var attended = functional.scaled_dot_product_attention(q, k, v, is_casual: tokens > 1).transpose(1, 2).reshape(batch, tokens, -1);   // (B, T, H·h)
        x = x + Project(Projections.Output, attended);
        h = _norm2.forward(x);
        return (x + Project(Projections.Down, functional.silu(Project(Projections.Gate, h)) * Project(Projections.Up, h))).MoveToOuterDisposeScope();

        Tensor Split(Tensor value, int heads) => value.view(batch, tokens, heads, _c.HeadSize).transpose(1, 2);

        Tensor Project(string name, Tensor value)
        {
            var y = _projections[name.Replace('.', '_')].forward(value);
            return adapter?.At(Projections.Path(_index, name)) is { } lora ? y + lora.forward(value) : y;
        }
    }

    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var halves = x.chunk(2, -1);
        return (x * cos) + (cat([-halves[1], halves[0]], -1) * sin);
    }
}

/// <summary>A Llama with the weights of the other side.</summary>
internal sealed class PlainLlama : Module
{
    private readonly Embedding _embedding;
    private readonly ModuleList<PlainLayer> _layers;
    private readonly PlainRmsNorm _norm;
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    public PlainLlama(ModelConfig c, ModelWeights weights)
        : base(nameof(PlainLlama))
    {
        Config = c;
        _embedding = Embedding(c.VocabularySize, c.HiddenSize);
        Load(_embedding.weight!, weights[ModelWeights.Embedding]);
        _layers = new ModuleList<PlainLayer>([.. Enumerable.Range(0, c.Layers).Select(index => new PlainLayer(c, weights, index))]);
        _norm = new PlainRmsNorm(weights[ModelWeights.FinalNorm], c.NormEpsilon);
        RegisterComponents();
        var angles = outer(arange(c.ContextLength, float32), pow(c.RopeTheta, -arange(0, c.HeadSize, 2, float32) / c.HeadSize));   // (C, h/2)
        (_cos, _sin) = (cat([angles.cos(), angles.cos()], -1), cat([angles.sin(), angles.sin()], -1));                             // (C, h)
    }

    public ModelConfig Config { get; }

    public static Tensor Of(WeightTensor weight) => tensor(weight.Values, [.. weight.Shape.Select(size => (long)size)]);

    public static void Load(Parameter parameter, WeightTensor weight)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        parameter.copy_(Of(weight));
    }

    /// <summary>(B, T) ids to (B, T, d) after the last norm.</summary>
    public Tensor Hidden(Tensor ids, PlainAdapter? adapter = null, PlainCache[]? caches = null, long start = 0)
    {
        using var scope = NewDisposeScope();
        var tokens = ids.shape[1];
        var (cos, sin) = (_cos.narrow(0, start, tokens), _sin.narrow(0, start, tokens));
        var x = _embedding.forward(ids);
        for (int i = 0; i < _layers.Count; i++)
            x = _layers[i].Forward(x, cos, sin, adapter, caches?[i]);
        return _norm.forward(x).MoveToOuterDisposeScope();
    }

    /// <summary>An empty cache for each layer.</summary>
    public PlainCache[] Caches() => [.. _layers.Select(_ => new PlainCache())];

    public Tensor Logits(Tensor hidden) => functional.linear(hidden, _embedding.weight!);
}
