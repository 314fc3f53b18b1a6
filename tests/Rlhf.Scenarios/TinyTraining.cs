namespace Rlhf.Scenarios;

/// <summary>Training in seconds, on a model of random weights: real in every stage, only small.</summary>
internal static class TinyTraining
{
    /// <summary>The learner's settings.</summary>
    public static readonly string[] Settings =
    [
        "--Learner:TriggerThumbs=0",
        "--Learner:Threads=1",
        "--Learner:Reward:LoraEpochs=1",
        "--Learner:Reward:ReferenceReplies=16",
        "--Learner:Reward:NGramBuckets=4096",
        "--Learner:Ppo:Iterations=10",
        "--Learner:Ppo:Rollouts=32",
        "--Learner:Ppo:MaxReplyTokens=12",
        "--Learner:Ppo:LearningRate=0.01",
        "--Learner:Ppo:KlCoefficient=0.01",
        "--Learner:Ppo:KlTarget=200",
        "--Learner:Ppo:ApproxKlTarget=1",
        "--Learner:Gate:KlBudget=1000",
        "--Learner:Gate:LengthFactor=1000",
        "--Learner:Gate:DistinctShare=0",
        "--Learner:Gate:EndRateDrop=1",
        "--Learner:Gate:Replies=512",
    ];
}
