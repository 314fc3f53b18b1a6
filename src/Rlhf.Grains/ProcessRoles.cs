namespace Rlhf.Grains;

/// <summary>What a process does. One may do all of it; a cluster has processes for each.</summary>
[Flags]
public enum ProcessRoles
{
    /// <summary>Answers over HTTP. A process that does nothing else holds no grains: it is a client of the silos.</summary>
    Api = 1,

    /// <summary>Holds conversations and draws their replies.</summary>
    Serving = 2,

    /// <summary>Trains.</summary>
    Learner = 4,

    /// <summary>All of it.</summary>
    All = Api | Serving | Learner,
}
