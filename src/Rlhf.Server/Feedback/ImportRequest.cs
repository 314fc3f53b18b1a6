using System.ComponentModel.DataAnnotations;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>Feedback that was given elsewhere.</summary>
/// <typeparam name="TItem"><see cref="ImportItem"/>, or JSON where a bad one is left out and the rest goes in.</typeparam>
internal sealed record ImportRequest<TItem>
{
    /// <summary>The pieces of feedback.</summary>
    [MinLength(1), MaxLength(RequestLimits.ImportItems)]
    public required IReadOnlyList<TItem> Items { get; init; }
}

/// <summary>A recorded thumb, preference or demonstration with its dialogue.</summary>
internal sealed record ImportItem
{
    private const string UnnamedRater = "import";

    /// <summary>Names the item: one that is known is not imported again.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name), Name]
    public required string Id { get; init; }

    /// <summary>Items of one group are never split between training and evaluation; the id where it is missing.</summary>
    [MaxLength(RequestLimits.Name), Name]
    public string? Group { get; init; }

    /// <summary>The dialogue before the reply; empty where the assistant opened it.</summary>
    [MaxLength(RequestLimits.Messages)]
    public required IReadOnlyList<RequestMessage> Messages { get; init; }

    /// <summary>The reply.</summary>
    [MinLength(1), MaxLength(RequestLimits.Text)]
    public required string Completion { get; init; }

    /// <summary>The thumb on the reply.</summary>
    [AllowedValues("up", "down")]
    public string? Thumbs { get; init; }

    /// <summary>Instead of a thumb: another reply, to which the first one is preferred.</summary>
    [MinLength(1), MaxLength(RequestLimits.Text)]
    public string? Rejected { get; init; }

    /// <summary>Instead of either: the reply is one to imitate.</summary>
    public bool? Demonstration { get; init; }

    /// <summary>Who gave it.</summary>
    [MaxLength(RequestLimits.Name), Name]
    public string? Rater { get; init; }

    /// <summary>The item as the ledger takes it. It is learned from whatever model is served, and not every model's template has a place for calls.</summary>
    /// <param name="path">What a message calls it.</param>
    public ImportedFeedback ToFeedback(string path)
    {
        if ((Thumbs is null ? 0 : 1) + (Rejected is null ? 0 : 1) + (Demonstration is true ? 1 : 0) != 1)
        {
            throw Refuse.Invalid($"'{path}' must have exactly one of 'thumbs', 'rejected' and 'demonstration': true.", $"{path}.thumbs");
        }

        if (Messages.Index().FirstOrDefault(message => message.Item.ToolCalls is not null) is (var index, { } _))
        {
            throw Refuse.Invalid($"'{path}.messages[{index}].tool_calls' can't be imported; leave it out, and let the content say what was called.", $"{path}.messages[{index}].tool_calls");
        }

        return Rejected == Completion
            ? throw Refuse.Invalid($"'{path}.rejected' says the same as 'completion'; no reply is preferred to itself.", $"{path}.rejected")
            : new(Id, Group ?? Id, RequestMessage.ToChat(Messages, $"{path}.messages"), Completion, Rater is { Length: > 0 } ? Rater : UnnamedRater)
            {
                Up = Thumbs is null ? null : Thumbs == "up",
                Rejected = Rejected,
            };
    }
}

/// <summary>An item that was left out of an import.</summary>
/// <param name="Index">Its place in the list, counted from 0.</param>
/// <param name="Error">What was wrong with it.</param>
internal sealed record RejectedItem(int Index, string Error);
