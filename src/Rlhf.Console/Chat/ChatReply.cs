using System.Text;

namespace Rlhf.WebConsole.Chat;

/// <summary>A reply on the page: while it is drawn, and when it is there to be rated.</summary>
public sealed class ChatReply
{
    private readonly StringBuilder _text = new();

    /// <summary>By which it is rated; null before its first piece, and for one that was stopped.</summary>
    public string? CompletionId { get; set; }

    /// <summary>The version that wrote it.</summary>
    public string? Version { get; set; }

    /// <summary>What it says so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Its tokens, where the server told their probabilities.</summary>
    internal List<TokenPiece> Tokens { get; } = [];

    /// <summary>Whether it is whole.</summary>
    public bool Done { get; set; }

    /// <summary>Whether the person stopped it, so that nothing of it is kept.</summary>
    public bool Stopped { get; set; }

    /// <summary>Why it ended.</summary>
    public string? FinishReason { get; set; }

    /// <summary>The thumb on it: up, down or none.</summary>
    public string? Thumb { get; set; }

    /// <summary>The stars on it; 0 for none.</summary>
    public int Rating { get; set; }

    /// <summary>The reasons that stand with the thumb.</summary>
    public HashSet<string> Reasons { get; } = [];

    /// <summary>The reply as the person would have it.</summary>
    public string? Correction { get; set; }

    /// <summary>Adds a piece.</summary>
    internal void Add(string? text) => _text.Append(text);

    /// <summary>A stored reply, with what a rater said of it.</summary>
    internal static ChatReply Of(StoredTurn turn, string rater)
    {
        var reply = new ChatReply { CompletionId = turn.CompletionId, Version = turn.ModelVersion, Done = true, FinishReason = turn.FinishReason };
        reply.Add(turn.Reply);
        foreach (var said in turn.Feedback.Where(said => said.Rater == rater))
        {
            switch (said.Kind)
            {
                case "thumbs":
                    reply.Thumb = said.Thumbs;
                    reply.Reasons.UnionWith(said.Tags ?? []);
                    break;
                case "rating":
                    reply.Rating = said.Rating ?? 0;
                    break;
                case "correction":
                    reply.Correction = said.Correction;
                    break;
            }
        }

        return reply;
    }
}

/// <summary>What was said, and the replies to it: several where it was asked again, or in drafts.</summary>
public sealed class ChatTurn(string said)
{
    /// <summary>What was said.</summary>
    public string Said => said;

    /// <summary>The replies in the order that they came.</summary>
    public List<ChatReply> Replies { get; } = [];

    /// <summary>Which of the replies is shown, and gone on from.</summary>
    public int Shown { get; set; }

    /// <summary>Whether two drafts wait for a decision.</summary>
    public bool Undecided { get; set; }

    /// <summary>The shown reply.</summary>
    public ChatReply Reply => Replies[Shown];
}
