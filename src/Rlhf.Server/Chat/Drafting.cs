using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Versions;

namespace Rlhf.Server.Chat;

/// <summary>Whether the choices of a request are drafts to compare.</summary>
internal enum DraftKind
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>They are of several versions, in an order that nobody is told.</summary>
    Versions,

    /// <summary>There is one, and a second one where the reward model is unsure of the first.</summary>
    Auto,
}

/// <summary>Settles which versions write drafts, and which turns get a second one.</summary>
internal sealed class Drafting(IGrainFactory grains, CatalogCache catalog, DraftBudget budget, IOptions<DraftOptions> options, TimeProvider time)
{
    /// <summary>The versions of several drafts, in the drafts' order: all that have a share of the conversations, shuffled, each before any comes again.</summary>
    public string[] VersionsFor(int drafts)
    {
        string[] versions = [.. catalog.Current.Versions.Where(served => served.Share > 0).Select(served => served.Version)];
        RandomNumberGenerator.Shuffle(versions.AsSpan());
        string[] order = [.. Enumerable.Range(0, drafts).Select(index => versions[index % versions.Length])];
        RandomNumberGenerator.Shuffle(order.AsSpan()); // with more drafts than versions the first ones' order would tell the others'
        return order;
    }

    /// <summary>Whether a turn gets a second draft. Where the ensemble does not answer in time, chance decides.</summary>
    public async Task<bool> IsWorthItAsync(string completionId, CancellationToken cancellationToken)
    {
        CompletionId.TryParse(completionId, out var conversation, out var number);
        double? disagreement = null;
        try
        {
            disagreement = await grains.Conversation(conversation!).DisagreementAsync(number, cancellationToken).WaitAsync(options.Value.Patience, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // the reply is there, and must not fail because nobody could say how good it is
        }

        return budget.Take(disagreement, Random.Shared.NextDouble());
    }
}
