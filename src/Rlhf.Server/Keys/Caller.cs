using System.Security.Claims;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>Who makes a request, as their key proves. Each of the key's roles is a role claim, for the policies of <see cref="KeyPolicies"/>.</summary>
/// <param name="client">Whose key it is; null where no key is needed.</param>
/// <param name="keyId">Which of the client's keys; null where no key is needed.</param>
/// <param name="roles">What it may be used for.</param>
/// <param name="perMinute">Requests it may make within a minute; null for the default.</param>
/// <param name="tokensPerMinute">Tokens it may use within a minute, 0 for any number; null for the default.</param>
/// <param name="tokensPerDay">Tokens it may use within a day, 0 for any number; null for the default.</param>
internal sealed class Caller(string? client, string? keyId, KeyRoles roles, int? perMinute, long? tokensPerMinute = null, long? tokensPerDay = null) : ClaimsIdentity(ClaimsOf(client, roles), KeyHandler.Scheme)
{
    /// <summary>Whoever sits at the machine of a server without keys.</summary>
    public static Caller Anyone { get; } = new(null, null, KeyRoles.All, null);

    /// <summary>Whose key it is; null where no key is needed.</summary>
    public string? Client => client;

    /// <summary>Which of the client's keys; null where no key is needed.</summary>
    public string? KeyId => keyId;

    /// <summary>What it may be used for.</summary>
    public KeyRoles Roles => roles;

    /// <summary>Requests it may make within a minute; null for the default.</summary>
    public int? PerMinute => perMinute;

    /// <summary>Tokens it may use within a minute, 0 for any number; null for the default.</summary>
    public long? TokensPerMinute => tokensPerMinute;

    /// <summary>Tokens it may use within a day, 0 for any number; null for the default.</summary>
    public long? TokensPerDay => tokensPerDay;

    /// <summary>Whether it may know which version wrote a draft: a key of the role operate, and nobody whom no key made known, who may be whoever rates.</summary>
    public bool SeesVersions => keyId is not null && roles.HasFlag(KeyRoles.Operate);

    /// <summary>The caller of a request that was let through.</summary>
    public static Caller Of(HttpContext http) => (Caller)http.User.Identity!;

    private static IEnumerable<Claim> ClaimsOf(string? client, KeyRoles roles) =>
        [.. client is null ? [] : new[] { new Claim(ClaimTypes.Name, client) }, .. KeyRolesText.Write(roles).Split(',').Select(role => new Claim(ClaimTypes.Role, role))];
}
