namespace Rlhf.Scenarios;

/// <summary>Training in seconds, on a model of random weights: real in every stage, only small. A reply that runs into the limit costs nothing,
/// as nearly all of such a model's do: to end would be the first thing learned, and it is not what the gate judges.</summary>
internal static class TinyTraining
{
    /// <summary>The learner's settings. Whether what it trains passes the gate is left to chance.</summary>
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
        "--Learner:Ppo:MissingEndPenalty=0",
        "--Learner:Ppo:ApproxKlTarget=1",
        "--Learner:Gate:KlBudget=1000",
        "--Learner:Gate:LengthFactor=1000",
        "--Learner:Gate:DistinctShare=0",
        "--Learner:Gate:EndRateDrop=1",
        "--Learner:Gate:Replies=512",
        "--Learner:Gate:OwnJudge=true", // there is too little feedback for a second judge
        "--Versions:Canary=false", // what passes the gate is live at once, for nobody is there whose feedback would decide a canary
    ];

    /// <summary>Settings under which it learns so much that the gate's verdict does not hang on the last bits of libtorch's numbers.</summary>
    public static readonly string[] Thorough = [.. Settings, "--Learner:Ppo:Iterations=20", "--Learner:Ppo:Rollouts=64", "--Learner:Ppo:KlCoefficient=0.001"];
}
