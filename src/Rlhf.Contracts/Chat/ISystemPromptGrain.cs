using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>The system prompts of one model, keyed by the model's name.</summary>
/// <remarks>No request waits for this grain: silos keep the active one as they last heard of it.</remarks>
[Alias("rlhf.ISystemPromptGrain")]
public interface ISystemPromptGrain : IGrainWithStringKey
{
    /// <summary>The active one alone.</summary>
    [AlwaysInterleave]
    [Alias("GetActive")]
    Task<SystemPromptVersions> GetActiveAsync(CancellationToken cancellationToken = default);

    /// <summary>All that are kept.</summary>
    [AlwaysInterleave]
    [Alias("List")]
    Task<SystemPromptVersions> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes a text the active one, as a new version unless it is the active one already. Returns when it is durable.</summary>
    /// <exception cref="RefusedException">The model's chat template takes no system message, or the text leaves a dialogue too little room.</exception>
    [Alias("Put")]
    Task<SystemPromptVersions> PutAsync(string text, CancellationToken cancellationToken = default);

    /// <summary>Makes an earlier version the active one again.</summary>
    /// <exception cref="RefusedException">There is no such version, or it is not kept any more.</exception>
    [Alias("Activate")]
    Task<SystemPromptVersions> ActivateAsync(int version, CancellationToken cancellationToken = default);

    /// <summary>Has no system prompt in use from now on; the versions stay.</summary>
    [Alias("Deactivate")]
    Task<SystemPromptVersions> DeactivateAsync(CancellationToken cancellationToken = default);
}
