namespace Rlhf.Inference;

/// <summary>
/// Between the files of GPT-2 and the names and shapes of <see cref="ModelWeights"/>: query, key and value lie beside each other in one
/// matrix there, and every matrix is (in, out).
/// </summary>
internal static class Gpt2Layout
{
    // Some tools write the names within the whole model, some without.
    private const string Prefix = "transformer.";

    private static readonly string[] QueryKeyValue = [Projections.Query, Projections.Key, Projections.Value];

    /// <summary>Whether a tensor of a file says nothing new: the causal mask of each layer, the tied head.</summary>
    public static bool IsRedundant(string name) =>
        name == ModelWeights.Head || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    /// <summary>The tensors of files under the model's names.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape than the config says.</exception>
    public static Dictionary<string, WeightTensor> FromFiles(ModelConfig config, IReadOnlyDictionary<string, WeightTensor> files)
    {
        var left = new Dictionary<string, WeightTensor>();
        foreach ((string name, WeightTensor tensor) in files)
        {
            if (!left.TryAdd(name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name, tensor))
                throw new InvalidDataException($"The weights hold '{name}' twice, with '{Prefix}' in front and without.");
        }

        var tensors = new Dictionary<string, WeightTensor>();
        foreach ((string file, string[] names, bool matrix) in Pairs(config))
        {
            (int rows, int columns) = Size(config, names);
            int[] shape = matrix ? [columns, rows * names.Length] : columns == 0 ? [rows * names.Length] : [rows, columns];
            if (!left.Remove(file, out WeightTensor? tensor))
                throw new InvalidDataException($"The weights lack '{file}', which should be [{string.Join(", ", shape)}].");
            if (!tensor.Shape.SequenceEqual(shape))
                throw new InvalidDataException($"'{file}' is {tensor}; the config asks for [{string.Join(", ", shape)}].");
            for (int i = 0; i < names.Length; i++)
                tensors.Add(names[i], matrix ? Columns(tensor, i * rows, rows) : names.Length == 1 ? tensor : Part(tensor, i * rows, rows));
        }

        return left.Count == 0 ? tensors : throw new InvalidDataException($"The weights hold '{left.Keys.First()}', which a Gpt2 of this config does not have.");
    }

    /// <summary>The tensors as files have them.</summary>
    public static Dictionary<string, WeightTensor> ToFiles(ModelConfig config, ModelWeights weights)
    {
        var files = new Dictionary<string, WeightTensor>();
        foreach ((string file, string[] names, bool matrix) in Pairs(config))
            files.Add(file, matrix ? Transposed([.. names.Select(name => weights[name])]) : names.Length == 1 ? weights[names[0]] : Joined([.. names.Select(name => weights[name])]));
        return files;
    }

    // A file's tensor, the model's tensors in it, and whether it is a matrix that is (in, out) there.
    private static IEnumerable<(string File, string[] Names, bool Matrix)> Pairs(ModelConfig config)
    {
        yield return ("wte.weight", [ModelWeights.Embedding], false);
        yield return ("wpe.weight", [ModelWeights.Positions], false);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            (string File, string[] Projections)[] linear =
                [("attn.c_attn", QueryKeyValue), ("attn.c_proj", [Projections.Output]), ("mlp.c_fc", [Projections.Up]), ("mlp.c_proj", [Projections.Down])];
            foreach ((string file, string[] projections) in linear)
            {
                yield return ($"h.{layer}.{file}.weight", [.. projections.Select(projection => ModelWeights.Projection(layer, projection))], true);
                yield return ($"h.{layer}.{file}.bias", [.. projections.Select(projection => ModelWeights.ProjectionBias(layer, projection))], false);
            }

            foreach ((string file, string scale) in new[] { ("ln_1", ModelWeights.InputNorm(layer)), ("ln_2", ModelWeights.PostAttentionNorm(layer)) })
            {
                yield return ($"h.{layer}.{file}.weight", [scale], false);
                yield return ($"h.{layer}.{file}.bias", [ModelWeights.NormBias(scale)], false);
            }
        }

        yield return ("ln_f.weight", [ModelWeights.FinalNorm], false);
        yield return ("ln_f.bias", [ModelWeights.NormBias(ModelWeights.FinalNorm)], false);
    }

    // Of one of the model's tensors; no columns for a vector.
    private static (int Rows, int Columns) Size(ModelConfig config, string[] names)
    {
        IReadOnlyList<int> shape = ModelWeights.Shapes(config).First(tensor => tensor.Name == names[0]).Shape;
        return (shape[0], shape.Count > 1 ? shape[1] : 0);
    }

    private static WeightTensor Columns(WeightTensor tensor, int first, int count)
    {
        (int inputs, int all) = (tensor.Shape[0], tensor.Shape[1]);
        return new WeightTensor(Read, [count, inputs]);

        float[] Read()
        {
            float[] from = tensor.Values;
            var values = new float[count * inputs];
            for (int i = 0; i < inputs; i++)
            {
                for (int o = 0; o < count; o++)
                    values[(o * inputs) + i] = from[(i * all) + first + o];
            }

            return values;
        }
    }

    private static WeightTensor Part(WeightTensor tensor, int first, int count) => new(() => tensor.Values[first..(first + count)], [count]);

    private static WeightTensor Joined(WeightTensor[] parts) => new([.. parts.SelectMany(part => part.Values)], parts.Sum(part => part.Shape[0]));

    private static WeightTensor Transposed(WeightTensor[] parts)
    {
        int inputs = parts[0].Shape[1];
        int all = parts.Sum(part => part.Shape[0]);
        var values = new float[inputs * all];
        int first = 0;
        foreach (WeightTensor part in parts)
        {
            float[] from = part.Values;
            for (int o = 0; o < part.Shape[0]; o++, first++)
            {
                for (int i = 0; i < inputs; i++)
                    values[(i * all) + first] = from[(o * inputs) + i];
            }
        }

        return new WeightTensor(values, inputs, all);
    }
}
