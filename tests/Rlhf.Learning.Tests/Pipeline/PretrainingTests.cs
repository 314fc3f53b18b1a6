using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learning.Tests.Pipeline;

public sealed class PretrainingTests : IDisposable
{
    private readonly DialogueFiles _files = new();

    [Fact]
    public void A_tiny_model_learns_a_pattern_by_heart()
    {
        var reports = new Reports();
        var last = new Pretraining(Options(steps: 150)).Run(_files.Path("base"), reports, CancellationToken.None);

        Assert.True(reports.All[0].Loss > 4.5, $"a start should know nothing, its loss is {reports.All[0].Loss}");
        Assert.InRange(last.HeldOutPerplexity["orders"], 1, 2);
        Assert.Equal(150, last.Step);
        Assert.False(Directory.Exists(_files.Path("base/checkpoint")));
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_numbers_of_one_left_alone()
    {
        new Pretraining(Options(steps: 12)).Run(_files.Path("alone"), new Reports(), CancellationToken.None);

        using var stop = new CancellationTokenSource();
        var stopping = new Reports(report =>
        {
            if (report.Step == 7)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => new Pretraining(Options(steps: 12)).Run(_files.Path("stopped"), stopping, stop.Token));
        var resumed = new Reports();
        new Pretraining(Options(steps: 12)).Run(_files.Path("stopped"), resumed, CancellationToken.None);

        Assert.Equal(8, resumed.All[0].Step);
        Assert.Equal(Weights("alone"), Weights("stopped"));
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_from_its_checkpoint()
    {
        new Pretraining(Options(steps: 12)).Run(_files.Path("alone"), new Reports(), CancellationToken.None);

        // An exception out of the progress callback is as sudden as a kill: nothing is saved behind it.
        var killing = new Reports(report =>
        {
            if (report.Step == 9)
                throw new InvalidOperationException("killed");
        });
        Assert.Throws<InvalidOperationException>(() => new Pretraining(Options(steps: 12)).Run(_files.Path("killed"), killing, CancellationToken.None));
        var resumed = new Reports();
        new Pretraining(Options(steps: 12)).Run(_files.Path("killed"), resumed, CancellationToken.None);

        Assert.Equal(6, resumed.All[0].Step);
        Assert.Equal(Weights("alone"), Weights("killed"));
    }

    [Fact]
    public void Another_recipe_does_not_go_on_from_a_checkpoint()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new Pretraining(Options(steps: 12)).Run(_files.Path("run"), new Reports(_ => stop.Cancel()), stop.Token));

        var error = Assert.Throws<InvalidDataException>(
            () => new Pretraining(Options(steps: 12) with { Seed = 2 }).Run(_files.Path("run"), new Reports(), CancellationToken.None));

        Assert.Contains("seed 1", error.Message);
        Assert.Contains("seed 2", error.Message);
    }

    [Fact]
    public void Two_runs_do_not_share_a_folder()
    {
        InvalidDataException? second = null;
        var reports = new Reports(report =>
        {
            if (report.Step == 1)
                second = Assert.Throws<InvalidDataException>(() => new Pretraining(Options(steps: 3)).Run(_files.Path("run"), new Reports(), CancellationToken.None));
        });

        new Pretraining(Options(steps: 3)).Run(_files.Path("run"), reports, CancellationToken.None);

        Assert.Contains("Another training", second!.Message);
        Assert.Empty(Directory.GetFiles(_files.Path("run"), "*.lock"));
    }

    [Fact]
    public void Fine_tuning_starts_from_a_folder_and_makes_replies_likelier()
    {
        new Pretraining(Options(steps: 40)).Run(_files.Path("base"), new Reports(), CancellationToken.None);
        var options = new FineTuningOptions
        {
            Model = _files.Path("base"),
            Sources = Options(1).Sources,
            Steps = 30,
            LearningRate = 3e-3,
            BatchTokens = 256,
            WarmupSteps = 2,
        };

        new SupervisedFineTuning(options).Run(_files.Path("tuned"), new Reports(), CancellationToken.None);

        var heldOut = DialogueReader.Read(_files.Path("orders.jsonl.gz")).Where(dialogue => dialogue.HeldOut).ToArray();
        var before = Perplexity.Measure(BaseModel.Load(_files.Path("base")), heldOut, threads: 2);
        var after = Perplexity.Measure(BaseModel.Load(_files.Path("tuned")), heldOut, threads: 2);
        Assert.True(after.Assistant < before.Assistant, $"{after.Assistant} against {before.Assistant}");
    }

    [Fact]
    public void The_model_to_start_from_is_not_overwritten()
    {
        var options = new FineTuningOptions { Model = _files.Folder, Sources = [new DialogueSource(_files.Orders())], Steps = 1 };
        Assert.Throws<ArgumentException>(() => new SupervisedFineTuning(options).Run(_files.Folder, new Reports(), CancellationToken.None));
    }

    public void Dispose() => _files.Dispose();

    private PretrainingOptions Options(int steps) => new()
    {
        Sources = [new DialogueSource(_files.Orders())],
        Steps = steps,
        LearningRate = 5e-3,
        WarmupSteps = 5,
        Rows = 4,
        ReportEvery = 1,
        CheckpointEvery = 5,
        Shape = new ModelShape { Vocabulary = 320, Hidden = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, Intermediate = 64, Context = 64 },
    };

    private byte[] Weights(string name) => File.ReadAllBytes(_files.Path($"{name}/model.safetensors"));

    private sealed class Reports(Action<TrainingReport>? react = null) : IProgress<TrainingReport>
    {
        public List<TrainingReport> All { get; } = [];

        public void Report(TrainingReport value)
        {
            All.Add(value);
            react?.Invoke(value);
        }
    }
}
