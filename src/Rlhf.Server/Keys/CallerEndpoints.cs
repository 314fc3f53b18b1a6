using Microsoft.AspNetCore.Http.HttpResults;
using Rlhf.Server.OpenApi;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>Who a request is from, as its key proves.</summary>
internal static class CallerEndpoints
{
    public static void MapCaller(this WebApplication app) =>
        app.MapGet("/v1/me", Get).RequireAuthorization()
            .Describe("Keys", "getCaller", "Shows whose key a request is sent with, and what it may be used for.");

    private static Ok<CallerBody> Get(HttpContext http, KeyRing ring)
    {
        var caller = Caller.Of(http);
        return TypedResults.Ok(new CallerBody(caller.Client, caller.KeyId, KeyRolesText.Write(caller.Roles).Split(','), ring.NeedsKeys));
    }
}

/// <summary>Who a request is from. Where no key is needed, nobody in particular, who may do everything.</summary>
internal sealed record CallerBody(string? Client, string? KeyId, IReadOnlyList<string> Roles, bool KeysNeeded);
