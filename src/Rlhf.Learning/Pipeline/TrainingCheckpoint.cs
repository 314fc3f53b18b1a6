using System.Text.Json;
using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Pipeline;

/// <summary>What a run needs beside its weights and its optimiser to go on as if it had never stopped.</summary>
/// <param name="Step">Steps done. Data and learning rate are functions of seed and step, so there is no other random state.</param>
/// <param name="Tokens">Tokens seen.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="DroppedSteps">Steps left out.</param>
/// <param name="Recipe">What must be the same in the run that goes on.</param>
internal sealed record TrainingState(int Step, long Tokens, double Seconds, int DroppedSteps, string Recipe);

/// <summary>
/// Checkpoints of one run in a folder. A checkpoint is written under another name and renamed when it is whole, and the one before is
/// removed only then: whenever the process dies, the newest whole one is there.
/// </summary>
internal sealed class TrainingCheckpoint(string folder)
{
    private const string WeightsFile = "weights.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StepsNote = "rlhf.steps";
    private const string StateFile = "state.json";
    private const string Prefix = "step-";

    /// <summary>The newest whole checkpoint.</summary>
    /// <exception cref="InvalidDataException">It belongs to a run of another recipe.</exception>
    public (TrainingState State, ModelWeights Weights)? Load(ModelConfig config, string recipe)
    {
        if (Newest() is not { } newest)
            return null;
        var state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(Path.Combine(newest, StateFile)))
            ?? throw new InvalidDataException($"The checkpoint '{newest}' has an empty {StateFile}; remove the folder to start anew.");
        if (state.Recipe != recipe)
            throw new InvalidDataException($"The checkpoint '{newest}' belongs to another run: it was made with {state.Recipe}, now it is {recipe}. Remove the folder to start anew, or use the same options.");
        return (state, new ModelWeights(config, SafeTensors.Read(Path.Combine(newest, WeightsFile)).Tensors));
    }

    /// <summary>The optimiser's part of the newest checkpoint; the optimiser must be of the model as <see cref="Load"/> gave it.</summary>
    public void LoadOptimizer(AdamW optimizer)
    {
        if (Newest() is not { } newest)
            return;

        var file = Path.Combine(newest, OptimizerFile);
        if (!File.Exists(file))
            throw new InvalidDataException($"The checkpoint '{newest}' holds no {OptimizerFile}: another version of this program made it. Remove the folder to start anew.");

        var content = SafeTensors.Read(file);
        optimizer.Steps = content.Metadata.TryGetValue(StepsNote, out var note) && JsonSerializer.Deserialize<long[]>(note) is { } steps
            ? steps
            : throw new InvalidDataException($"{file}: the note '{StepsNote}' is missing; this is no optimiser's state. Remove the checkpoint's folder to start anew.");
        foreach (var (name, values) in optimizer.State)
            values.CopyFrom(content.Tensors, name);
    }

    public void Save(CausalLm model, AdamW optimizer, TrainingState state)
    {
        var place = Path.Combine(folder, $"{Prefix}{state.Step:D8}");
        var unfinished = place + ".tmp";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        SafeTensors.Write(Path.Combine(unfinished, WeightsFile), model.ToWeights().Tensors, WeightType.Float32);
        SafeTensors.Write(
            Path.Combine(unfinished, OptimizerFile), optimizer.State.ToDictionary(moments => moments.Name, moments => moments.Values.ToWeight()), WeightType.Float32,
            new Dictionary<string, string> { [StepsNote] = JsonSerializer.Serialize(optimizer.Steps) });
        File.WriteAllText(Path.Combine(unfinished, StateFile), JsonSerializer.Serialize(state));
        if (Directory.Exists(place))
            Directory.Delete(place, recursive: true);
        Directory.Move(unfinished, place);
        foreach (var older in Whole().Where(other => other != place))
            Directory.Delete(older, recursive: true);
    }

    /// <summary>Removes all of them: the run is over.</summary>
    public void Clear()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private string? Newest() => Whole().Order(StringComparer.Ordinal).LastOrDefault();

    private string[] Whole() => Directory.Exists(folder)
        ? [.. Directory.GetDirectories(folder, Prefix + "*").Where(name => !name.EndsWith(".tmp", StringComparison.Ordinal))]
        : [];
}
