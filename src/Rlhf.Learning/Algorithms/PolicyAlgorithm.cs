namespace Rlhf.Learning.Algorithms;

/// <summary>How the policy learns.</summary>
public enum PolicyAlgorithm
{
    /// <summary>Proximal policy optimisation with a value model, on replies it samples itself.</summary>
    Ppo,

    /// <summary>REINFORCE with a leave-one-out baseline, on several replies to each prompt.</summary>
    Rloo,

    /// <summary>Group relative policy optimisation, on many replies to each prompt.</summary>
    Grpo,

    /// <summary>Direct preference optimisation, on pairs of a better and a worse reply.</summary>
    Dpo,

    /// <summary>Kahneman-Tversky optimisation, on the thumbs themselves.</summary>
    Kto,
}
