namespace Rlhf.Grains.Webhooks;

/// <summary>Sends events to endpoints.</summary>
public interface IWebhookSender
{
    /// <summary>Sends an event once.</summary>
    /// <param name="endpoint">Who is told.</param>
    /// <param name="told">What.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where the endpoint has taken it; otherwise why not, in words without secrets.</returns>
    Task<string?> SendAsync(WebhookEndpoint endpoint, WebhookEvent told, CancellationToken cancellationToken);
}
