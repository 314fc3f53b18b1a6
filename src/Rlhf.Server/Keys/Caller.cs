using Microsoft.AspNetCore.Http.Features;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>Who makes a request, as their key proves.</summary>
/// <param name="Client">Whose key it is; null where no key is needed.</param>
/// <param name="KeyId">Which of the client's keys; null where no key is needed.</param>
/// <param name="Roles">What it may be used for.</param>
/// <param name="PerMinute">Requests it may make within a minute; null for the default.</param>
internal sealed record Caller(string? Client, string? KeyId, KeyRoles Roles, int? PerMinute)
{
    /// <summary>Whoever sits at the machine of a server without keys.</summary>
    public static Caller Anyone { get; } = new(null, null, KeyRoles.All, null);

    /// <summary>The caller of a request that came through the gate.</summary>
    public static Caller Of(HttpContext http) => http.Features.GetRequiredFeature<Caller>();

    /// <summary>Whether one of the roles is the caller's.</summary>
    public bool MayAs(KeyRoles anyOf) => (Roles & anyOf) != 0;
}
