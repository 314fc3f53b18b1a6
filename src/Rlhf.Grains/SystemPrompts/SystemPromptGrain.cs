using System.Collections.Immutable;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.SystemPrompts;

/// <inheritdoc cref="ISystemPromptGrain"/>
/// <remarks>The newest <see cref="MostVersions"/> are kept, and fewer where they have more than <see cref="MostCharacters"/> together: a grain's state has to fit one row of
/// any store. The active one always stays.</remarks>
public sealed class SystemPromptGrain([PersistentState("system-prompts")] IPersistentState<SystemPromptState> state, BaseModel model, TimeProvider time) : Grain, ISystemPromptGrain
{
    /// <summary>How many versions are kept.</summary>
    public const int MostVersions = 100;

    /// <summary>How many characters they may have together.</summary>
    public const int MostCharacters = 128 * 1024;

    private SystemPromptState State { get; set; } = new();

    private SystemPrompt? Active => State.Versions.FirstOrDefault(prompt => prompt.Version == State.Active);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        State = state.State;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SystemPromptVersions> GetActiveAsync(CancellationToken cancellationToken = default) => Task.FromResult(new SystemPromptVersions(State.Revision, Active, []));

    /// <inheritdoc/>
    public Task<SystemPromptVersions> ListAsync(CancellationToken cancellationToken = default) => Task.FromResult(Snapshot());

    /// <inheritdoc/>
    public async Task<SystemPromptVersions> PutAsync(string text, CancellationToken cancellationToken = default)
    {
        if (Active?.Text == text)
        {
            return Snapshot();
        }

        RequireRoom(text);
        var version = State.LastVersion + 1;
        return await SaveAsync(State with { LastVersion = version, Active = version, Versions = Kept([.. State.Versions, new SystemPrompt(version, text, time.GetUtcNow())]) }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SystemPromptVersions> ActivateAsync(int version, CancellationToken cancellationToken = default)
    {
        if (State.Versions.All(prompt => prompt.Version != version))
        {
            throw new RefusedException(
                Refusal.NotFound,
                version > 0 && version <= State.LastVersion
                    ? $"Version {version} of the system prompt is not kept any more; put its text again."
                    : $"There is no version {version} of the system prompt; GET /v1/system-prompt/versions lists them.",
                "id");
        }

        return State.Active == version ? Snapshot() : await SaveAsync(State with { Active = version }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SystemPromptVersions> DeactivateAsync(CancellationToken cancellationToken = default) =>
        State.Active is null ? Snapshot() : await SaveAsync(State with { Active = null }, cancellationToken);

    private SystemPromptVersions Snapshot() => new(State.Revision, Active, [.. State.Versions]);

    /// <summary>A system message stays while it takes half of what a prompt may have; one that would give way is no use.</summary>
    private void RequireRoom(string text)
    {
        var context = model.Config.ContextLength;
        var most = (context - (context / 4)) / 2;
        try
        {
            var tokens = model.Template.Render([("system", text), ("user", "")], openAssistant: true).Length;
            if (tokens > most)
            {
                throw new RefusedException(Refusal.Invalid, $"The system prompt takes {tokens:N0} tokens; the model reads {context:N0} in all, and at most {most:N0} leave room for a dialogue. Shorten it.", "text");
            }
        }
        catch (ArgumentException e)
        {
            throw new RefusedException(Refusal.Invalid, $"The model's chat template takes no system message: {e.Message}", "text");
        }
    }

    private static ImmutableArray<SystemPrompt> Kept(ImmutableArray<SystemPrompt> versions)
    {
        while (versions.Length > MostVersions || (versions.Length > 1 && versions.Sum(prompt => prompt.Text.Length) > MostCharacters))
        {
            versions = versions.RemoveAt(0);
        }

        return versions;
    }

    private async Task<SystemPromptVersions> SaveAsync(SystemPromptState next, CancellationToken cancellationToken)
    {
        state.State = next with { Revision = State.Revision + 1 };
        try
        {
            await state.WriteStateAsync(cancellationToken);
        }
        catch
        {
            state.State = State;
            throw;
        }

        State = state.State;
        return Snapshot();
    }
}
