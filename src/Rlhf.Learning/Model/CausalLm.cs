using Rlhf.Inference;
using Rlhf.Learning.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>
/// A decoder of one of the families (<see cref="ModelFamily"/>), the twin with gradients of
/// <c>DecodeEngine</c>. One trunk serves several LoRAs at the same time: which one applies is an argument of each call.
/// </summary>
/// <remarks>Sequences are padded on the right. Attention is causal, so padding never reaches a valid position and needs no mask.</remarks>
public sealed class CausalLm : nn.Module
{
    private readonly Parameter _embedding;
    private readonly Parameter _head;
    private readonly Parameter? _positions;
    private readonly Norm _finalNorm;
    private readonly DecoderLayer[] _layers;
    private readonly CausalAttention _attention;

    /// <summary>Builds the model with a copy of <paramref name="weights"/>.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="weights">The numbers, under Hugging Face's names.</param>
    /// <param name="trainable">Whether the trunk's own weights get gradients. A frozen trunk costs a third less in the backward pass.</param>
    /// <param name="device">Where the weights lie; the CPU unless named.</param>
    /// <param name="precision">The numbers in which activations meet weights.</param>
    /// <param name="threads">How many parts of a batch are computed side by side, on the processor; the numbers are the same with any number.</param>
    public CausalLm(ModelConfig config, ModelWeights weights, bool trainable = false, Device? device = null, ProductPrecision precision = ProductPrecision.Float32, int threads = 1)
        : base(nameof(CausalLm))
    {
        Config = config;
        Device = device ?? CPU;
        Precision = precision;
        _embedding = weights[ModelWeights.Embedding].ToParameter(trainable, Device);                               // (V, d)
        _head = config.TiedEmbeddings ? _embedding : weights[ModelWeights.Head].ToParameter(trainable, Device);    // (V, d)
        _positions = config.HasRotaryPositions ? null : weights[ModelWeights.Positions].ToParameter(trainable, Device); // (C, d)
        _finalNorm = new Norm(config, weights, ModelWeights.FinalNorm, trainable, Device);
        _layers = [.. Enumerable.Range(0, config.Layers).Select(index => new DecoderLayer(config, weights, index, trainable, Device, precision))];
        _attention = new CausalAttention(config, Device);
        Workers = new TorchWorkers(Device, threads);

        register_parameter(nameof(_embedding), _embedding);
        if (!config.TiedEmbeddings)
            register_parameter(nameof(_head), _head);
        for (var index = 0; index < _layers.Length; index++)
            register_module($"layer{index}", _layers[index]);
        register_module(nameof(_finalNorm), _finalNorm);
        if (_positions is not null)
            register_parameter(nameof(_positions), _positions);
    }

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where the weights lie.</summary>
    public Device Device { get; }

    /// <summary>The numbers in which activations meet weights.</summary>
    public ProductPrecision Precision { get; }

    /// <summary>Where parts of a batch are computed side by side.</summary>
    internal TorchWorkers Workers { get; }

    /// <summary>The trunk of a loaded model.</summary>
    public static CausalLm From(BaseModel model, bool trainable = false, Device? device = null, ProductPrecision precision = ProductPrecision.Float32, int threads = 1)
        => new(model.Config, model.Weights, trainable, device, precision, threads);

    /// <summary>The residual stream after the final norm.</summary>
    /// <param name="ids">(B, T), int64, right padding.</param>
    /// <param name="lora">The change to the projections; the bare trunk without it.</param>
    /// <returns>(B, T, d), float32.</returns>
    /// <exception cref="ArgumentException">The ids have another rank or are longer than the context.</exception>
    public Tensor Hidden(Tensor ids, LoraParameters? lora = null)
    {
        using var scope = NewDisposeScope();
        return Above(Below(ids, 0), 0, lora).MoveToOuterDisposeScope();                                            // (B, T, d)
    }

    /// <summary>The bare trunk's residual stream where a layer begins. What only trains above it needs this once for all epochs.</summary>
    /// <param name="ids">(B, T), int64, right padding.</param>
    /// <param name="layer">The layer, from 0; the embeddings for 0.</param>
    /// <returns>(B, T, d), float32.</returns>
    /// <exception cref="ArgumentException">The ids have another rank or are longer than the context.</exception>
    public Tensor Below(Tensor ids, int layer)
    {
        var shape = ids.shape;
        if (shape.Length != 2 || shape[1] == 0 || shape[1] > Config.ContextLength)
            throw new ArgumentException($"The ids are [{string.Join(", ", shape)}]; (B, T) with T from 1 to {Config.ContextLength} is needed.", nameof(ids));

        using var scope = NewDisposeScope();
        var x = _embedding.index_select(0, ids.reshape(-1)).view(shape[0], shape[1], Config.HiddenSize);           // (B, T, d)
        if (_positions is not null)
            x = x.Plus(_positions.narrow(0, 0, shape[1]));                                                            // (B, T, d) + (T, d)
        return Through(x, 0, layer).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the bare trunk's residual stream from where one layer begins to where another does.</summary>
    /// <param name="residual">(B, T, d), from <see cref="Below"/> with <paramref name="from"/>.</param>
    /// <param name="from">The first layer to apply, from 0.</param>
    /// <param name="to">The first layer not to apply.</param>
    /// <returns>(B, T, d), float32: what <see cref="Below"/> gives for <paramref name="to"/>.</returns>
    public Tensor Through(Tensor residual, int from, int to)
    {
        var (batch, length) = (residual.shape[0], residual.shape[1]);
        using var scope = NewDisposeScope();
        var x = residual.reshape(batch * length, Config.HiddenSize);                                               // (B·T, d)
        return Through(x, from, to, batch, length, null).view(batch, length, Config.HiddenSize).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the residual stream from where a layer begins through the rest, the final norm included.</summary>
    /// <param name="residual">(B, T, d), from <see cref="Below"/> with the same layer.</param>
    /// <param name="layer">The first layer to apply, from 0.</param>
    /// <param name="lora">The change to the projections of these layers; none without it.</param>
    /// <returns>(B, T, d), float32.</returns>
    public Tensor Above(Tensor residual, int layer, LoraParameters? lora = null)
    {
        var (batch, length) = (residual.shape[0], residual.shape[1]);
        using var scope = NewDisposeScope();
        var x = Through(residual.reshape(batch * length, Config.HiddenSize), layer, Config.Layers, batch, length, lora?.Fuse());
        return _finalNorm.Apply(x).view(batch, length, Config.HiddenSize).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Above"/>, but only at some positions: the last layer is computed for no others.</summary>
    /// <param name="residual">(B, T, d), from <see cref="Below"/> with the same layer.</param>
    /// <param name="layer">The first layer to apply, from 0.</param>
    /// <param name="positions">(M), int64: b·T + t.</param>
    /// <param name="lora">The change to the projections of these layers; none without it.</param>
    /// <returns>(M, d), float32.</returns>
    public Tensor AboveAt(Tensor residual, int layer, Tensor positions, LoraParameters? lora = null)
    {
        var (batch, length) = (residual.shape[0], residual.shape[1]);
        using var scope = NewDisposeScope();
        var last = Config.Layers - 1;
        var fused = lora?.Fuse();
        var x = residual.reshape(batch * length, Config.HiddenSize);                                               // (B·T, d)
        x = layer > last
            ? x.index_select(0, positions)                                                                         // (M, d)
            : _layers[last].Forward(Through(x, layer, last, batch, length, fused), batch, length, _attention, fused, positions);
        return _finalNorm.Apply(x).MoveToOuterDisposeScope();                                                        // (M, d)
    }

    /// <summary>Takes tokens through all layers, each of which remembers what it saw before.</summary>
    /// <param name="ids">(B, T), int64.</param>
    /// <param name="positions">(B, T), int64: places in the sequence, for a model with learned positions.</param>
    /// <param name="layers">Each layer's memory.</param>
    /// <param name="lora">The change to the projections; the bare trunk without it.</param>
    /// <returns>(B, d), float32: the last position's, after the final norm.</returns>
    internal Tensor Continue(Tensor ids, Tensor positions, IReadOnlyList<CachedAttention> layers, FusedLora? lora)
    {
        var (batch, length) = (ids.shape[0], ids.shape[1]);
        using var scope = NewDisposeScope();
        var x = _embedding.index_select(0, ids.reshape(-1));                                                       // (B·T, d)
        if (_positions is not null)
            x = x.Plus(_positions.index_select(0, positions.reshape(-1)));                                            // (B·T, d)
        var ends = tensor(Enumerable.Range(1, (int)batch).Select(row => (row * length) - 1).ToArray(), device: Device);    // (B)
        for (var layer = 0; layer < _layers.Length; layer++)
            x = _layers[layer].Forward(x, batch, length, layers[layer], lora, layer == _layers.Length - 1 ? ends : null);

        return _finalNorm.Apply(x).MoveToOuterDisposeScope();                                                      // (B, d)
    }

    /// <summary>Scores of all tokens as the next one.</summary>
    /// <param name="hidden">(…, d), from <see cref="Hidden"/>.</param>
    /// <returns>(…, V).</returns>
    public Tensor Logits(Tensor hidden) => Precision.Back(Precision.Of(hidden).matmul(Precision.Of(_head).t()));   // (…, d) * (d, V)

    /// <summary>
    /// Log-probability of given next tokens under softmax(logits / temperature), as <c>DecodedToken.LogProb</c> has it. Logits
    /// exist only for the positions asked for.
    /// </summary>
    /// <param name="hidden">(B, T, d), from <see cref="Hidden"/>.</param>
    /// <param name="positions">(M), int64: b·T + t of the position before the token.</param>
    /// <param name="targets">(M), int64: the tokens.</param>
    /// <param name="temperature">As in sampling; 1 leaves the logits as they are.</param>
    /// <returns>(M).</returns>
    public Tensor TokenLogProbs(Tensor hidden, Tensor positions, Tensor targets, double temperature = 1)
    {
        using var scope = NewDisposeScope();
        var picked = hidden.reshape(-1, Config.HiddenSize).index_select(0, positions);                             // (M, d)
        return LogProbsOf(picked, targets, temperature).MoveToOuterDisposeScope();                                 // (M)
    }

    /// <summary>As <see cref="TokenLogProbs"/>, of rows that are picked already.</summary>
    /// <param name="rows">(M, d), from <see cref="AboveAt"/>.</param>
    /// <param name="targets">(M), int64: the tokens.</param>
    /// <param name="temperature">As in sampling; 1 leaves the logits as they are.</param>
    /// <returns>(M).</returns>
    public Tensor LogProbsOf(Tensor rows, Tensor targets, double temperature = 1)
    {
        using var scope = NewDisposeScope();
        return nn.functional.cross_entropy(Logits(Cooled(rows, temperature)), targets, reduction: nn.Reduction.None).neg()
            .MoveToOuterDisposeScope();                                                                            // (M)
    }

    /// <summary>As <see cref="LogProbsOf"/>, with the entropy of each position's distribution in nats; for reading, it has no gradient.</summary>
    /// <param name="rows">(M, d), from <see cref="AboveAt"/>.</param>
    /// <param name="targets">(M), int64: the tokens.</param>
    /// <param name="temperature">As in sampling; 1 leaves the logits as they are.</param>
    /// <returns>(M) and (M).</returns>
    public (Tensor LogProbs, Tensor Entropy) LogProbsWithEntropyOf(Tensor rows, Tensor targets, double temperature = 1)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var logits = Logits(Cooled(rows, temperature));                                                            // (M, V)
        var logProbs = nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.None).neg();           // (M)
        // H = log Σ e^l − Σ p·l, and log Σ e^l is the target's logit less its log-probability.
        var total = logits.gather(1, targets.unsqueeze(1)).squeeze(1) - logProbs;                                  // (M)
        var entropy = total - logits.softmax(-1).mul_(logits).sum(-1);                                             // (M)
        return (logProbs.MoveToOuterDisposeScope(), entropy.MoveToOuterDisposeScope());
    }

    /// <summary>A copy of the weights under Hugging Face's names.</summary>
    public ModelWeights ToWeights()
    {
        var tensors = _layers.SelectMany(layer => layer.Weights()).ToDictionary(named => named.Name, named => named.Weight);
        tensors.Add(ModelWeights.Embedding, _embedding.ToWeight());
        if (_positions is not null)
            tensors.Add(ModelWeights.Positions, _positions.ToWeight());
        foreach (var (name, weight) in _finalNorm.Weights())
            tensors.Add(name, weight);
        if (!Config.TiedEmbeddings)
            tensors.Add(ModelWeights.Head, _head.ToWeight());
        return new ModelWeights(Config, tensors);
    }

    // Before the product: the rows are many times narrower than the scores.
    private static Tensor Cooled(Tensor rows, double temperature) => temperature == 1 ? rows : rows.Over(temperature);

    private Tensor Through(Tensor x, int from, int to, long batch, long length, FusedLora? lora)
    {
        for (var layer = from; layer < to; layer++)
            x = _layers[layer].Forward(x, batch, length, _attention, lora);                                        // (B·T, d)

        return x;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Workers.Dispose();
            _attention.Dispose();
        }

        base.Dispose(disposing);
    }
}
