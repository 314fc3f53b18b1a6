using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Tests.Algorithms;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Torch;

/// <summary>A collection may come between any two instructions: none may free what native code still reads.</summary>
public sealed class GarbageCollectionTests
{
    [Fact]
    public void Pretraining_gives_the_same_numbers_while_garbage_is_collected_all_the_time()
    {
        using var files = new DialogueFiles();
        var options = new PretrainingOptions
        {
            Sources = [new DialogueSource(files.Orders())],
            Steps = 100,
            WarmupSteps = 5,
            Rows = 4,
            CheckpointEvery = 50,
            Shape = new ModelShape { Vocabulary = 320, Hidden = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, Intermediate = 64, Context = 64 },
        };
        byte[] Train(string folder)
        {
            new Pretraining(options).Run(files.Path(folder), new Progress<TrainingReport>(), CancellationToken.None);
            return File.ReadAllBytes(files.Path($"{folder}/model.safetensors"));
        }

        var quiet = Train("quiet");

        Assert.Equal(quiet, WhileCollecting(() => Train("collected")));
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Ppo)]
    [InlineData(PolicyAlgorithm.Grpo)]
    [InlineData(PolicyAlgorithm.Kto)]
    public void A_policy_gets_the_same_numbers_while_garbage_is_collected_all_the_time(PolicyAlgorithm algorithm)
    {
        using var toy = new ToyPolicy();
        using var reward = toy.ManyWords();
        var rated = toy.Rated(48);
        IReadOnlyDictionary<string, double> Train()
        {
            using var trainer = PolicyTrainers.Create(ToyChat.Options with { Algorithm = algorithm }, toy.Task(reward) with { Rated = rated });
            trainer.Iterate(CancellationToken.None);
            trainer.Iterate(CancellationToken.None);
            return trainer.Iterate(CancellationToken.None);
        }

        var quiet = Train();

        Assert.Equal(quiet.OrderBy(figure => figure.Key), WhileCollecting(Train).OrderBy(figure => figure.Key));
    }

    private static T WhileCollecting<T>(Func<T> work)
    {
        var over = false;
        var collecting = new Thread(() =>
        {
            while (!Volatile.Read(ref over))
                GC.Collect(0);
        });
        collecting.Start();
        try
        {
            return work();
        }
        finally
        {
            Volatile.Write(ref over, true);
            collecting.Join();
        }
    }
}
