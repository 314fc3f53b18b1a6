namespace Rlhf.Grains.Webhooks;

/// <summary>How far an endpoint is with a source.</summary>
public sealed class WebhookState
{
    /// <summary>The last of the source's entries that it took, or that was not for it.</summary>
    public long Cursor { get; set; }

    /// <summary>Events that it took.</summary>
    public long Delivered { get; set; }
}
