using Orleans;

namespace Rlhf.Contracts;

/// <summary>Why a request is refused; the host turns each into one status code.</summary>
[GenerateSerializer, Alias("rlhf.Refusal")]
public enum Refusal
{
    /// <summary>The request contradicts itself or asks for what this model cannot do.</summary>
    Invalid,

    /// <summary>No such conversation, completion, version or job.</summary>
    NotFound,

    /// <summary>The conversation belongs to another user.</summary>
    NotYours,

    /// <summary>It does not fit the present state: a job runs already, a version cannot go from here to there.</summary>
    Conflict,

    /// <summary>The caller, or everybody, asks too often; trying again later helps.</summary>
    TooMany,

    /// <summary>Whoever answers is about to end or is not there yet; trying again soon helps.</summary>
    Unavailable = 6,

    /// <summary>The name that the caller gave the request belongs to one with another content.</summary>
    NameTaken,

    /// <summary>What moderates can't be reached, and nothing may be said that it has not seen.</summary>
    NotModerated = 8,
}
