using System.Text.Json;
using System.Text.Json.Serialization;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Pipeline;

/// <summary>Everything but tensors that a run needs to go on. Randomness is a function of seed and counters, so the counters are its state.</summary>
/// <param name="JobId">Whose checkpoint it is.</param>
/// <param name="Model">Fingerprint of the base model.</param>
/// <param name="Reward">The reward model; null in what an earlier version of this program wrote.</param>
/// <param name="Policy">The policy's trainer.</param>
/// <param name="Metrics">The figures so far.</param>
/// <param name="Sft">Whether <paramref name="Policy"/> is that of the stage that tunes the policy on demonstrations.</param>
internal sealed record RunState(
    string JobId,
    string Model,
    RewardNote? Reward,
    PolicyState Policy,
    IReadOnlyDictionary<string, double> Metrics,
    bool Sft = false);

/// <summary>A <see cref="PolicySnapshot"/> without its tensors.</summary>
internal sealed record PolicyState(
    PolicyAlgorithm Algorithm,
    int Iteration,
    int DroppedSteps,
    int DroppedInARow,
    IReadOnlyDictionary<string, double> Numbers,
    IReadOnlyList<long> OptimiserSteps,
    int DroppedScores = 0)
{
    public static PolicyState Of(PolicyAlgorithm algorithm, PolicySnapshot snapshot)
        => new(algorithm, snapshot.Iteration, snapshot.DroppedSteps, snapshot.DroppedInARow, snapshot.Numbers, snapshot.OptimiserSteps, snapshot.DroppedScores);

    public PolicySnapshot ToSnapshot(IReadOnlyDictionary<string, WeightTensor> tensors)
        => new(Iteration, DroppedSteps, DroppedInARow, Numbers, OptimiserSteps, tensors) { DroppedScores = DroppedScores };
}

/// <summary>A run's checkpoint: one safetensors file, with the state in its notes, that replaces the one before in one rename.</summary>
/// <param name="folder">Where it lies.</param>
internal sealed class RunCheckpoint(string folder)
{
    private const string StateNote = "rlhf.run";
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private string File => Path.Combine(folder, "run.safetensors");

    private string TunedFile => Path.Combine(folder, "tuned.safetensors");

    /// <summary>The checkpoint of a job, or null when there is none; that of another job, model or algorithm counts as none, and so does one
    /// that an earlier version of this program wrote.</summary>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public (RunState State, SavedReward Reward, IReadOnlyDictionary<string, WeightTensor> Tensors)? Load(string jobId, string fingerprint, PolicyAlgorithm algorithm)
    {
        if (!System.IO.File.Exists(File))
            return null;

        var content = SafeTensors.Read(File);
        var state = content.Metadata.TryGetValue(StateNote, out var note) ? JsonSerializer.Deserialize<RunState>(note, Json) : null;
        if (state is null)
            throw new InvalidDataException($"{File}: the note '{StateNote}' is missing; this is no checkpoint of a run. Remove the file to start the job anew.");

        return state.Reward is { } reward && state.JobId == jobId && state.Model == fingerprint && state.Policy.Algorithm == algorithm
            ? (state, SavedReward.From(reward, content.Tensors, File), content.Tensors)
            : null;
    }

    /// <summary>Keeps what the policy's stage starts from where demonstrations came before: its algorithm may ask for it at any time.</summary>
    public void SaveTuned(LoraAdapter tuned)
    {
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllBytes(TunedFile + ".new", tuned.ToBytes());
        System.IO.File.Move(TunedFile + ".new", TunedFile, overwrite: true);
    }

    /// <summary>What <see cref="SaveTuned"/> kept.</summary>
    public LoraAdapter LoadTuned() => LoraAdapter.FromBytes(System.IO.File.ReadAllBytes(TunedFile), TunedFile);

    /// <summary>Replaces the checkpoint.</summary>
    public void Save(RunState state, IReadOnlyDictionary<string, WeightTensor> tensors)
    {
        Directory.CreateDirectory(folder);
        SafeTensors.Write(File, tensors, WeightType.Float32, new Dictionary<string, string> { [StateNote] = JsonSerializer.Serialize(state, Json) });
    }
}
