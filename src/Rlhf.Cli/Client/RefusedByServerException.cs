using System.Net;

namespace Rlhf.Cli.Client;

/// <summary>The server answered, and said no.</summary>
internal sealed class RefusedByServerException(HttpStatusCode status, string message) : CommandException(message)
{
    public HttpStatusCode Status { get; } = status;
}
