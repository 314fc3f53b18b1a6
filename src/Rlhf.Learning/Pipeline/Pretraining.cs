using Rlhf.Inference;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Pipeline;

/// <summary>Makes a small base model from nothing but dialogues: a tokenizer, then a decoder trained on all tokens of packed rows.</summary>
/// <param name="options">The recipe.</param>
public sealed class Pretraining(PretrainingOptions options)
{
    private const float StartDeviation = 0.02f;

    /// <summary>
    /// Trains on the calling thread and leaves a model folder. A run that was stopped or killed goes on from its last checkpoint in
    /// <paramref name="output"/> and ends with the same numbers as one left alone.
    /// </summary>
    /// <param name="output">Folder of the model.</param>
    /// <param name="progress">Told every few steps.</param>
    /// <param name="cancellation">Ends the run behind the current step, with a checkpoint.</param>
    /// <returns>The last report.</returns>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="InvalidDataException">The data is broken or too little, or the folder holds another run's checkpoint.</exception>
    /// <exception cref="ArithmeticException">Loss or gradient stayed not finite.</exception>
    public TrainingReport Run(string output, IProgress<TrainingReport> progress, CancellationToken cancellation)
    {
        options.Validate();
        Directory.CreateDirectory(output);
        var corpus = DialogueCorpus.Read(options.Sources);
        var template = new ChatTemplate(TokenizerOf(corpus, output));
        var config = options.Shape.ToConfig(template);
        config.Validate();
        var batches = new PackedBatches(corpus.Training(template), options.Seed, options.Rows, options.Shape.Context);
        var seed = SeededRandom.For(options.Seed, "start").Next();
        return new TrainingLoop(options, output, progress).Run(
            config,
            template,
            ModelWeights.Random(config, seed, StartDeviation),
            batches,
            corpus.HeldOut(template, options.HeldOutDialogues),
            $"seed {options.Seed}, {options.Rows} rows, sources {corpus}, shape {options.Shape}",
            cancellation);
    }

    // Kept from the first attempt, so that a resumed run need not learn it again.
    private Tokenizer TokenizerOf(DialogueCorpus corpus, string output)
    {
        var path = Path.Combine(output, "tokenizer.json");
        if (File.Exists(path))
            return Tokenizer.Load(path);
        var tokenizer = BpeTrainer.Train(corpus.TrainingTexts, options.Shape.Vocabulary, ChatTemplate.Specials);
        tokenizer.Save(path);
        return tokenizer;
    }
}
