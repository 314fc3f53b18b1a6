using Microsoft.AspNetCore.Http.Features;
using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Users;

/// <summary>The name of a user in a path.</summary>
internal static class UserName
{
    /// <summary>The name as it was sent: a route value leaves <c>%2F</c> as it is and decodes <c>%25</c>, so that two names would look the same.</summary>
    /// <exception cref="RefusedException">It is no name.</exception>
    public static string Of(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.AsSpan(0, target.IndexOf('?') is >= 0 and var query ? query : target.Length).TrimEnd('/');
        return Require(Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..].ToString()));
    }

    /// <summary>Insists on a name.</summary>
    public static string Require(string? user) => Names.AreGood(user) ? user! : throw Refuse.Invalid($"'user' must be {Names.Rule}.", "user");
}
