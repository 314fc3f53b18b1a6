using System.Security.Cryptography;

namespace Rlhf.Inference;

/// <summary>A model folder as Hugging Face lays it out: config, tokenizer, chat template and weights.</summary>
public sealed class BaseModel
{
    private const string ConfigFile = "config.json";
    private const string TokenizerFile = "tokenizer.json";
    private const string GenerationConfigFile = "generation_config.json";

    private readonly Lazy<string> _fingerprint;

    /// <summary>Puts a model together in memory.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="tokenizer">Text to ids and back.</param>
    /// <param name="weights">The numbers.</param>
    /// <param name="template">Conversations to ids; the format of models made here unless named.</param>
    /// <exception cref="InvalidDataException">The tokenizer has ids that the embedding lacks, or lacks the chat's special tokens.</exception>
    public BaseModel(ModelConfig config, Tokenizer tokenizer, ModelWeights weights, ChatTemplate? template = null)
        : this(config, template ?? new ChatTemplate(tokenizer), weights, new Lazy<string>(() => Convert.ToHexStringLower(SHA256.HashData(SafeTensors.ToBytes(weights.Tensors, WeightType.Float32)))))
    {
    }

    private BaseModel(ModelConfig config, ChatTemplate template, ModelWeights weights, Lazy<string> fingerprint)
    {
        if (template.Tokenizer.VocabularySize > config.VocabularySize)
            throw new InvalidDataException($"The tokenizer has {template.Tokenizer.VocabularySize} ids, the embedding only {config.VocabularySize} rows.");
        Config = config;
        Template = template;
        Weights = weights;
        _fingerprint = fingerprint;
    }

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Text to ids and back.</summary>
    public Tokenizer Tokenizer => Template.Tokenizer;

    /// <summary>Conversations to ids.</summary>
    public ChatTemplate Template { get; }

    /// <summary>The numbers.</summary>
    public ModelWeights Weights { get; }

    /// <summary>SHA-256 of the weights' files in hexadecimal (of the float32 file it would be, for a model made in memory).</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="InvalidDataException">A file is broken or not supported; the message names file, key, value and what is supported.</exception>
    public static BaseModel Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no model folder '{folder}'.");
        foreach (string file in (string[])[ConfigFile, TokenizerFile])
        {
            if (!File.Exists(Path.Combine(folder, file)))
                throw new FileNotFoundException($"The model folder '{folder}' lacks {file}; it needs {ConfigFile}, {TokenizerFile} and the weights as safetensors.", Path.Combine(folder, file));
        }

        WeightFiles files = WeightFiles.Find(folder);

        ModelConfig config = ModelConfig.Load(Path.Combine(folder, ConfigFile));
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(folder, TokenizerFile));
        ChatTemplate template = ChatTemplateFiles.Load(folder, tokenizer, config.EosTokenIds);
        config = config with { EosTokenIds = [.. config.EosTokenIds.Union(GenerationEnds(folder, config)).Union([template.EndId])] };
        bool gpt2 = config.Family == ModelFamily.Gpt2;
        Dictionary<string, WeightTensor> tensors = files.Open(name => gpt2 ? Gpt2Layout.IsRedundant(name) : ModelWeights.IsRedundant(name, config));
        try
        {
            return new BaseModel(config, template, new ModelWeights(config, gpt2 ? Gpt2Layout.FromFiles(config, tensors) : tensors), new Lazy<string>(files.Fingerprint()));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"The model folder '{folder}' does not hold together: {e.Message}", e);
        }
    }

    /// <summary>Writes a model folder that other tools read; the config then names <paramref name="type"/>.</summary>
    public void Save(string folder, WeightType type)
    {
        Directory.CreateDirectory(folder);
        (Config with { WeightType = type }).Save(Path.Combine(folder, ConfigFile));
        Tokenizer.Save(Path.Combine(folder, TokenizerFile));
        ChatTemplateFiles.Save(folder, Template, Config);
        IReadOnlyDictionary<string, WeightTensor> tensors = Config.Family == ModelFamily.Gpt2 ? Gpt2Layout.ToFiles(Config, Weights) : Weights.Tensors;
        SafeTensors.Write(Path.Combine(folder, WeightFiles.SingleFile), tensors, type, new Dictionary<string, string> { ["format"] = "pt" });
    }

    // Chat models often name the tokens that end a turn here only.
    private static int[] GenerationEnds(string folder, ModelConfig config)
    {
        string path = Path.Combine(folder, GenerationConfigFile);
        if (!File.Exists(path))
            return [];
        JsonFields fields = JsonFields.Parse(File.ReadAllText(path), path);
        int[] ids = fields.Ints("eos_token_id");
        return ids.All(id => id >= 0 && id < config.VocabularySize) ? ids : throw fields.Wrong("eos_token_id", $"in 0..{config.VocabularySize - 1}");
    }
}
