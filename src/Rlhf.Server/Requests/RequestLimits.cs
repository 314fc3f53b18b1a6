namespace Rlhf.Server.Requests;

/// <summary>How large the parts of a request may be.</summary>
internal static class RequestLimits
{
    /// <summary>A message or a reply, in characters; the body's own limit is met before.</summary>
    public const int Text = 1024 * 1024;

    /// <summary>A text that ends a reply.</summary>
    public const int Stop = 1024;

    /// <summary>An id or a name.</summary>
    public const int Name = Contracts.Names.Longest;

    /// <summary>Messages of a dialogue.</summary>
    public const int Messages = 1000;

    /// <summary>Biases of one chat.</summary>
    public const int LogitBiases = 1024;

    /// <summary>Tools that one chat may call.</summary>
    public const int Tools = 128;

    /// <summary>Calls of one message.</summary>
    public const int ToolCalls = 128;

    /// <summary>A rater's comment.</summary>
    public const int Comment = 8192;

    /// <summary>A corrected reply, in characters; the model's context may allow less.</summary>
    public const int Correction = 32 * 1024;

    /// <summary>Pieces of feedback in one request.</summary>
    public const int FeedbackItems = 1000;

    /// <summary>Questions that one piece of feedback answers.</summary>
    public const int Labels = 64;

    /// <summary>Replies of one comparison.</summary>
    public const int ComparedReplies = 16;

    /// <summary>Tags on one piece of feedback.</summary>
    public const int Tags = 32;

    /// <summary>Thumbs in one import.</summary>
    public const int ImportItems = 500;

    /// <summary>The body of an import, in bytes.</summary>
    public const int ImportBytes = 16 * 1024 * 1024;
}
