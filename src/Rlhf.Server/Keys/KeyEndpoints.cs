using Microsoft.AspNetCore.Http.HttpResults;
using Rlhf.Server.OpenApi;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>Looking at the keys and at what operators did. Keys are made and revoked beside the server, where its data is.</summary>
internal static class KeyEndpoints
{
    public static void MapKeys(this WebApplication app)
    {
        app.MapGet("/v1/keys", ListAsync).RequireAuthorization(KeyPolicies.Operate)
            .Describe("Keys", "listKeys", "Lists the API keys, revoked ones among them, without the keys themselves.");
        app.MapGet("/v1/audit", Audit).RequireAuthorization(KeyPolicies.Operate)
            .Describe("Keys", "listAudit", "Lists what operators did by this process since it started, newest first, at most the last 500 actions. All of them are in its log.");
    }

    private static async Task<Ok<KeyListBody>> ListAsync(IKeyStore store, ConfiguredKeys configured, CancellationToken cancellationToken)
    {
        var stored = (await store.ListAsync(cancellationToken)).Select(key => new KeyBody(key.Id, key.Client, KeyRolesText.Write(key.Roles).Split(','), key.CreatedAt, key.RevokedAt));
        var given = configured.Current().Select(key => new KeyBody(key.Caller.KeyId!, key.Caller.Client!, KeyRolesText.Write(key.Caller.Roles).Split(','), CreatedAt: null, RevokedAt: null));
        return TypedResults.Ok(new KeyListBody("list", [.. given, .. stored]));
    }

    private static Ok<AuditListBody> Audit(AuditLog audit) => TypedResults.Ok(new AuditListBody("list", audit.Recent));
}

/// <summary>The API keys.</summary>
internal sealed record KeyListBody(string Object, IReadOnlyList<KeyBody> Data);

/// <summary>A key by the part that it starts with; one of the configuration has no date.</summary>
internal sealed record KeyBody(string Id, string Client, IReadOnlyList<string> Roles, DateTimeOffset? CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>What operators did, newest first.</summary>
internal sealed record AuditListBody(string Object, IReadOnlyList<AuditBody> Data);

/// <summary>What an operator did: the request without anything that could be somebody's words, and what became of it.</summary>
internal sealed record AuditBody(DateTimeOffset At, string Method, string Path, string Client, string Key, string Address, int Status);
