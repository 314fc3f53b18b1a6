using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Keys;

/// <summary>Whose users a request is about.</summary>
internal static class ClientScope
{
    /// <summary>What the parameter <c>client</c> is, in words.</summary>
    public const string Description = "Whose user it is: an operator may name any client, and nothing (client=) for users of before there were keys. Where it is missing, the key's own.";

    /// <summary>The client of a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="client">What it names.</param>
    /// <returns>The client; null for what was opened without a key.</returns>
    /// <exception cref="RefusedException">It names another's and may not.</exception>
    public static string? Of(HttpContext http, string? client)
    {
        var caller = Caller.Of(http);
        if (client is null || client == caller.Client)
        {
            return caller.Client;
        }

        if (client.Length > 0 && !KeyOptions.IsClient(client))
        {
            throw Refuse.Invalid("'client' must be a client's name, 1 to 64 letters, digits, '.', '-' or '_', or nothing.", "client");
        }

        return !http.User.IsInRole(KeyPolicies.Operate)
            ? throw new RefusedException(Refusal.NotYours, "'client' names another client than the key's; that takes a key of the role operate.", "client")
            : client.Length == 0 ? null : client;
    }
}
