using System.Text.Json;
using Rlhf.Inference;
using Rlhf.Learning.Model;

namespace Rlhf.Learning.RewardModel;

/// <summary>
/// A trained reward model without the trunk that it reads with: numbers alone, which need no disposing. A run's checkpoint and a
/// published version keep it the same way.
/// </summary>
/// <param name="Options">What it was trained with; replies must be encoded the same way to be scored.</param>
/// <param name="Lora">The LoRA of the trunk's top layers.</param>
/// <param name="Heads">The heads, with the scale of their scores.</param>
public sealed record SavedReward(RewardOptions Options, LoraAdapter Lora, RewardHeads Heads)
{
    private const string NoteName = "rlhf.reward";
    private const string Prefix = "reward.";
    private const string LoraPrefix = Prefix + "lora.";

    /// <summary>What of it is no tensor.</summary>
    internal RewardNote Note => new(Options, Lora.Alpha, Heads.ScoreMean, Heads.ScoreScale);

    /// <summary>The model, ready to score.</summary>
    /// <param name="model">The base model that it was trained on.</param>
    /// <param name="trunk">Its trunk, which stays the caller's.</param>
    /// <exception cref="InvalidDataException">It was trained on a model of another shape.</exception>
    public RewardEnsemble On(BaseModel model, CausalLm trunk) => new(model, trunk, Options, Lora, Heads);

    /// <summary>The bytes of one safetensors file that holds everything, options and scale in its notes.</summary>
    public byte[] ToBytes() =>
        SafeTensors.ToBytes(ToTensors().ToDictionary(), WeightType.Float32, new Dictionary<string, string> { [NoteName] = JsonSerializer.Serialize(Note) });

    /// <summary>Reads what <see cref="ToBytes"/> gave.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="source">Names it in errors.</param>
    /// <exception cref="InvalidDataException">The bytes are broken or hold no reward model.</exception>
    public static SavedReward FromBytes(byte[] bytes, string source)
    {
        var content = SafeTensors.Read(bytes, source);
        var note = content.Metadata.TryGetValue(NoteName, out var text) ? JsonSerializer.Deserialize<RewardNote>(text) : null;
        return note is null
            ? throw new InvalidDataException($"{source}: the note '{NoteName}' is missing; this is no reward model.")
            : From(note, content.Tensors, source);
    }

    /// <summary>The numbers by name.</summary>
    internal IEnumerable<KeyValuePair<string, WeightTensor>> ToTensors() =>
    [
        .. Heads.ToTensors().Select(named => KeyValuePair.Create(Prefix + named.Name, named.Tensor)),
        .. Lora.Modules.SelectMany(module => (KeyValuePair<string, WeightTensor>[])
            [new($"{LoraPrefix}{module.Key}.A", module.Value.A), new($"{LoraPrefix}{module.Key}.B", module.Value.B)]),
    ];

    /// <summary>The reverse of <see cref="ToTensors"/> and <see cref="Note"/>; other tensors may lie among them.</summary>
    internal static SavedReward From(RewardNote note, IReadOnlyDictionary<string, WeightTensor> tensors, string source)
    {
        var modules = tensors.Keys
            .Where(name => name.StartsWith(LoraPrefix, StringComparison.Ordinal) && name.EndsWith(".A", StringComparison.Ordinal))
            .ToDictionary(name => name[LoraPrefix.Length..^2], name => new LoraPair(tensors[name], Named(name[..^1] + "B")));
        var rank = modules.Count > 0 ? modules.Values.First().A.Shape[0] : note.Options.LoraRank;
        return new SavedReward(
            note.Options, new LoraAdapter(rank, note.LoraAlpha, modules),
            RewardHeads.FromTensors(name => Named(Prefix + name), note.ScoreMean, note.ScoreScale));

        WeightTensor Named(string name) => tensors.TryGetValue(name, out var tensor)
            ? tensor
            : throw new InvalidDataException($"{source}: the reward model's tensor '{name}' is missing.");
    }
}

/// <summary>What of a reward model is no tensor, or has double precision.</summary>
/// <param name="Options">What it was trained with.</param>
/// <param name="LoraAlpha">Alpha of its LoRA.</param>
/// <param name="ScoreMean">Scale of its heads.</param>
/// <param name="ScoreScale">Scale of its heads.</param>
internal sealed record RewardNote(RewardOptions Options, float LoraAlpha, IReadOnlyList<double> ScoreMean, IReadOnlyList<double> ScoreScale);
