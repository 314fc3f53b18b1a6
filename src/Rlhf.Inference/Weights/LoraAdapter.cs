using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>The low-rank change of one projection: y = W·x + scale · B·(A·x).</summary>
/// <param name="A">(rank, in).</param>
/// <param name="B">(out, rank).</param>
public sealed record LoraPair(WeightTensor A, WeightTensor B);

/// <summary>A low-rank adapter of a model, read and written in PEFT's names. A version of the policy is one of these.</summary>
public sealed class LoraAdapter
{
    private const string Prefix = "base_model.model.";
    private const string SuffixA = ".lora_A.weight";
    private const string SuffixB = ".lora_B.weight";
    private const string WeightsFile = "adapter_model.safetensors";
    private const string ConfigFile = "adapter_config.json";

    /// <summary>Takes the pairs without copying them.</summary>
    /// <param name="rank">Rows of every A and columns of every B.</param>
    /// <param name="alpha">The change is scaled by <paramref name="alpha"/> / <paramref name="rank"/>.</param>
    /// <param name="modules">The pairs by path, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <exception cref="ArgumentException">A pair's shapes do not fit the rank.</exception>
    public LoraAdapter(int rank, float alpha, IReadOnlyDictionary<string, LoraPair> modules)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        foreach ((string path, LoraPair pair) in modules)
        {
            if (pair.A.Shape.Count != 2 || pair.A.Shape[0] != rank || pair.B.Shape.Count != 2 || pair.B.Shape[1] != rank)
                throw new ArgumentException($"{path}: A is {pair.A} and B is {pair.B}; rank {rank} needs [{rank}, in] and [out, {rank}].", nameof(modules));
        }

        Rank = rank;
        Alpha = alpha;
        Modules = new Dictionary<string, LoraPair>(modules);
    }

    /// <summary>Rows of every A and columns of every B.</summary>
    public int Rank { get; }

    /// <summary>The change is scaled by alpha / rank.</summary>
    public float Alpha { get; }

    /// <summary>Alpha / rank.</summary>
    public float Scale => Alpha / Rank;

    /// <summary>The pairs by path, such as <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public IReadOnlyDictionary<string, LoraPair> Modules { get; }

    /// <summary>Throws when a pair belongs to no projection of the model, or has another shape.</summary>
    /// <exception cref="InvalidDataException">Names the pair, its shape and the right one.</exception>
    public void CheckFits(ModelConfig config)
    {
        var sizes = new Dictionary<string, (int Out, int In)>();
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (string projection in Projections.Of(config))
                sizes.Add(Projections.Path(layer, projection), Projections.Size(config, projection));
        }

        foreach ((string path, LoraPair pair) in Modules)
        {
            if (!sizes.TryGetValue(path, out (int Out, int In) size))
                throw new InvalidDataException($"The adapter changes '{path}', which the model does not have.");
            if (pair.A.Shape[1] != size.In || pair.B.Shape[0] != size.Out)
                throw new InvalidDataException($"The adapter's '{path}' has A {pair.A} and B {pair.B}; the model needs [{Rank}, {size.In}] and [{size.Out}, {Rank}].");
        }
    }

    /// <summary>The bytes of one safetensors file that holds everything, rank and alpha in its notes.</summary>
    public byte[] ToBytes(WeightType type = WeightType.Float32) => SafeTensors.ToBytes(Named(), type, Notes());

    /// <summary>Reads what <see cref="ToBytes"/> gave; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The bytes are broken or hold no adapter.</exception>
    public static LoraAdapter FromBytes(byte[] bytes, string source) => FromNotes(SafeTensors.Read(bytes, source), source);

    /// <summary>
    /// Writes an adapter: to one file when <paramref name="path"/> ends in <c>.safetensors</c>, otherwise to a folder as PEFT does, with
    /// <c>adapter_config.json</c> beside the weights.
    /// </summary>
    public void Save(string path, WeightType type = WeightType.Float32)
    {
        if (path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            SafeTensors.Write(path, Named(), type, Notes());
            return;
        }

        Directory.CreateDirectory(path);
        SafeTensors.Write(Path.Combine(path, WeightsFile), Named(), type, Notes());
        var config = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["r"] = Rank,
            ["lora_alpha"] = Alpha,
            ["lora_dropout"] = 0.0,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["target_modules"] = new JsonArray([.. Modules.Keys.Select(p => p[(p.LastIndexOf('.') + 1)..]).Distinct().Order(StringComparer.Ordinal).Select(p => JsonValue.Create(p))]),
        };
        File.WriteAllText(Path.Combine(path, ConfigFile), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>Reads an adapter from one file or from a folder as PEFT writes it.</summary>
    /// <exception cref="InvalidDataException">A file is broken or holds something else than a LoRA.</exception>
    public static LoraAdapter Load(string path)
    {
        if (!Directory.Exists(path))
            return FromNotes(SafeTensors.Read(path), path);
        string configPath = Path.Combine(path, ConfigFile);
        JsonFields config = JsonFields.Parse(File.ReadAllText(configPath), configPath);
        config.Expect("peft_type", "LORA");
        config.Expect("bias", "none");
        config.Expect("use_dora", "false");
        config.Expect("use_rslora", "false");
        int rank = config.Int("r");
        string weights = Path.Combine(path, WeightsFile);
        return From(SafeTensors.Read(weights).Tensors, rank, (float)(config.OptionalDouble("lora_alpha") ?? rank), weights);
    }

    private Dictionary<string, WeightTensor> Named()
    {
        var tensors = new Dictionary<string, WeightTensor>();
        foreach ((string path, LoraPair pair) in Modules.OrderBy(module => module.Key, StringComparer.Ordinal))
        {
            tensors.Add(Prefix + path + SuffixA, pair.A);
            tensors.Add(Prefix + path + SuffixB, pair.B);
        }

        return tensors;
    }

    private Dictionary<string, string> Notes() => new()
    {
        ["format"] = "pt",
        ["r"] = Rank.ToString(CultureInfo.InvariantCulture),
        ["lora_alpha"] = Alpha.ToString("R", CultureInfo.InvariantCulture),
    };

    private static LoraAdapter FromNotes(SafeTensorsContent content, string source)
    {
        if (!content.Metadata.TryGetValue("r", out string? rank) || !int.TryParse(rank, CultureInfo.InvariantCulture, out int r)
            || !content.Metadata.TryGetValue("lora_alpha", out string? alpha) || !float.TryParse(alpha, CultureInfo.InvariantCulture, out float a))
            throw new InvalidDataException($"{source}: the file's notes lack 'r' or 'lora_alpha'; an adapter in one file carries both, otherwise name the folder with its {ConfigFile}.");
        return From(content.Tensors, r, a, source);
    }

    private static LoraAdapter From(IReadOnlyDictionary<string, WeightTensor> tensors, int rank, float alpha, string source)
    {
        var modules = new Dictionary<string, LoraPair>();
        foreach (string name in tensors.Keys)
        {
            bool first = name.EndsWith(SuffixA, StringComparison.Ordinal);
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !(first || name.EndsWith(SuffixB, StringComparison.Ordinal)))
                throw new InvalidDataException($"{source}: '{name}' is no LoRA weight; names look like {Prefix}model.layers.0.self_attn.q_proj{SuffixA}.");
            string module = name[Prefix.Length..^SuffixA.Length];
            string other = Prefix + module + (first ? SuffixB : SuffixA);
            if (!tensors.TryGetValue(other, out WeightTensor? pair))
                throw new InvalidDataException($"{source}: '{name}' is there without '{other}'.");
            modules[module] = first ? new LoraPair(tensors[name], pair) : new LoraPair(pair, tensors[name]);
        }

        try
        {
            return new LoraAdapter(rank, alpha, modules);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }
}
