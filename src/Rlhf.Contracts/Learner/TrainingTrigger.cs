using Orleans;

namespace Rlhf.Contracts;

/// <summary>What started a training job.</summary>
[GenerateSerializer, Alias("rlhf.TrainingTrigger")]
public enum TrainingTrigger
{
    /// <summary>Somebody asked for it.</summary>
    Manual,

    /// <summary>Enough new thumbs came in.</summary>
    Thumbs,

    /// <summary>The interval passed.</summary>
    Reminder,
}
