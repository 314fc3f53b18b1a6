using System.Diagnostics;
using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Pipeline;

/// <summary>
/// The loop of pretraining and fine-tuning: steps, reports, checkpoints. The output folder is a whole model from the first checkpoint
/// on; the checkpoints lie in it until the run is over.
/// </summary>
internal sealed class TrainingLoop(TrainingOptions options, string output, IProgress<TrainingReport> progress)
{
    private readonly TrainingCheckpoint _checkpoints = new(Path.Combine(output, "checkpoint"));
    private readonly LearningRateSchedule _schedule = new(options.LearningRate, options.WarmupSteps, options.Steps);

    /// <summary>Runs to the last step on the calling thread, from the newest checkpoint if there is one.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="template">Vocabulary and chat format, saved with the model.</param>
    /// <param name="start">The weights that a fresh run starts with.</param>
    /// <param name="batches">The data.</param>
    /// <param name="heldOut">What checkpoints measure on, by source.</param>
    /// <param name="recipe">Names what decides the numbers: a checkpoint of another recipe is refused.</param>
    /// <param name="cancellation">Ends the run behind the current step, with a checkpoint.</param>
    public TrainingReport Run(
        ModelConfig config,
        ChatTemplate template,
        ModelWeights start,
        BatchOrder batches,
        IReadOnlyDictionary<string, EncodedDialogue[]> heldOut,
        string recipe,
        CancellationToken cancellation)
    {
        using var only = OnlyRun();
        TorchRuntime.Start();
        var resumed = _checkpoints.Load(config, recipe);
        var state = resumed?.State ?? new TrainingState(0, 0, 0, 0, recipe);
        if (state.Step >= options.Steps)
            throw new InvalidDataException($"The run in '{output}' has done {state.Step} steps already; {options.Steps} in all is too few to go on.");
        using var model = new CausalLm(config, resumed?.Weights ?? start, trainable: true, threads: options.Threads);
        using var step = new TrainingStep(model, options);
        if (resumed is not null)
            _checkpoints.LoadOptimizer(step.Optimizer);

        var padding = template.EndId;
        var clock = Stopwatch.StartNew();
        var secondsBefore = state.Seconds;
        var window = new ReportWindow();
        var report = Report(state, window, 0, []);
        while (state.Step < options.Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save();
                cancellation.ThrowIfCancellationRequested();
            }

            var batch = batches.At(state.Step);
            var rate = _schedule.At(state.Step);
            var taken = step.Take(batch, rate);
            window.Add(taken, batch.Targets.Length);
            state = state with
            {
                Step = state.Step + 1,
                Tokens = state.Tokens + batch.Targets.Length,
                Seconds = secondsBefore + clock.Elapsed.TotalSeconds,
                DroppedSteps = state.DroppedSteps + (taken is null ? 1 : 0),
            };
            var last = state.Step == options.Steps;
            var checkpoint = last || state.Step % options.CheckpointEvery == 0;
            if (checkpoint || state.Step % options.ReportEvery == 0)
            {
                window.Close();
                report = Report(state, window, rate, checkpoint ? Measure(model, heldOut, padding) : []);
                progress.Report(report);
                window = new ReportWindow();
            }

            if (checkpoint)
                Save();
        }

        _checkpoints.Clear();
        return report;

        void Save()
        {
            _checkpoints.Save(model, step.Optimizer, state);
            new BaseModel(config, template.Tokenizer, model.ToWeights(), template).Save(output, WeightType.BFloat16);
        }
    }

    // Two runs in one folder would take turns in removing each other's checkpoints.
    private FileStream OnlyRun()
    {
        var path = Path.Combine(output, "training.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new InvalidDataException($"Another training runs in the folder '{output}'; wait for it or name another folder.", e);
        }
    }

    private static Dictionary<string, double> Measure(CausalLm model, IReadOnlyDictionary<string, EncodedDialogue[]> heldOut, int padding)
        => heldOut.Where(source => source.Value.Length > 0)
            .ToDictionary(source => source.Key, source => Perplexity.Measure(model, source.Value, padding).All);

    private TrainingReport Report(TrainingState state, ReportWindow window, double rate, Dictionary<string, double> heldOut) => new(
        state.Step,
        options.Steps,
        state.Tokens,
        window.Loss,
        rate,
        window.GradientNorm,
        state.DroppedSteps,
        window.TokensPerSecond,
        TimeSpan.FromSeconds(state.Seconds),
        window.SecondsPerStep * (options.Steps - state.Step) is var left && double.IsFinite(left) ? TimeSpan.FromSeconds(left) : TimeSpan.Zero,
        heldOut);
}
