using Rlhf.Inference;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Pipeline;

/// <summary>Teaches a pretrained model to answer: the loss is on the assistant's tokens and its end token only, and all weights move.</summary>
/// <param name="options">The recipe.</param>
public sealed class SupervisedFineTuning(FineTuningOptions options)
{
    /// <summary>
    /// Trains on the calling thread and leaves a model folder. A run that was stopped or killed goes on from its last checkpoint in
    /// <paramref name="output"/> and ends with the same numbers as one left alone.
    /// </summary>
    /// <param name="output">Folder of the tuned model; not the one it starts from.</param>
    /// <param name="progress">Told every few steps.</param>
    /// <param name="cancellation">Ends the run behind the current step, with a checkpoint.</param>
    /// <returns>The last report.</returns>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="InvalidDataException">Data or model is broken, or the folder holds another run's checkpoint.</exception>
    /// <exception cref="ArgumentException">The output is the folder of the model itself.</exception>
    /// <exception cref="ArithmeticException">Loss or gradient stayed not finite.</exception>
    public TrainingReport Run(string output, IProgress<TrainingReport> progress, CancellationToken cancellation)
    {
        options.Validate();
        if (Path.GetFullPath(output) == Path.GetFullPath(options.Model))
            throw new ArgumentException($"The tuned model would overwrite the one it starts from, '{options.Model}'; name another folder.", nameof(output));
        var model = BaseModel.Load(options.Model);
        Directory.CreateDirectory(output);
        var corpus = DialogueCorpus.Read(options.Sources);
        var batches = new PaddedBatches(
            corpus.Training(model.Template), options.Seed, options.BatchTokens, model.Config.ContextLength, model.Template.EndId);
        return new TrainingLoop(options, output, progress).Run(
            model.Config,
            model.Template,
            model.Weights,
            batches,
            corpus.HeldOut(model.Template, options.HeldOutDialogues),
            $"seed {options.Seed}, {options.BatchTokens} tokens a batch, sources {corpus}, model {model.Fingerprint}",
            cancellation);
    }
}
