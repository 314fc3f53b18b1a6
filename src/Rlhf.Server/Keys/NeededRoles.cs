using Microsoft.AspNetCore.Authorization;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>Says which keys an endpoint takes.</summary>
/// <param name="AnyOf">One of these roles is enough.</param>
internal sealed record NeededRoles(KeyRoles AnyOf)
{
    /// <summary>An endpoint that says nothing is the operators'. What is not there at all, or takes another method, any
    /// key may be told.</summary>
    public static KeyRoles Of(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<NeededRoles>()?.AnyOf ?? (endpoint is RouteEndpoint ? KeyRoles.Operate : KeyRoles.All);

    /// <summary>The rule of every request to an endpoint that does not allow anonymous ones.</summary>
    public static bool AreMet(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext http && http.Features.Get<Caller>() is { } caller && caller.MayAs(Of(http.GetEndpoint()));
}

/// <summary>Says it of endpoints.</summary>
internal static class NeededRolesConvention
{
    /// <summary>Takes keys that have one of the roles.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, KeyRoles anyOf) => endpoint.WithMetadata(new NeededRoles(anyOf));

    /// <summary>Takes operators' keys, and puts down who did it.</summary>
    public static RouteHandlerBuilder TakesOperators(this RouteHandlerBuilder endpoint) => endpoint.Takes(KeyRoles.Operate).AddEndpointFilter<AuditFilter>();
}
