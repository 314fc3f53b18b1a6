using System.Net;

namespace Rlhf.WebConsole.Api;

/// <summary>The server refused a request; the message is the server's own.</summary>
internal sealed class ApiException(HttpStatusCode status, string message) : Exception(message)
{
    /// <summary>The response's status.</summary>
    public HttpStatusCode Status => status;
}
