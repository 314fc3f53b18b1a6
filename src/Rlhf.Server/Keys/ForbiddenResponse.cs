using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Authorization.Policy;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Keys;

/// <summary>Tells who sends a key of the wrong role which would be right; everything else goes its usual way.</summary>
internal sealed class ForbiddenResponse(AuditLog audit) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _usual = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Forbidden)
        {
            return _usual.HandleAsync(next, context, policy, authorizeResult);
        }

        var needed = policy.Requirements.OfType<RolesAuthorizationRequirement>().SelectMany(roles => roles.AllowedRoles).ToList();
        if (needed is [KeyPolicies.Operate] && !HttpMethods.IsGet(context.Request.Method))
        {
            audit.Write(context, StatusCodes.Status403Forbidden);
        }

        var caller = Caller.Of(context);
        return ErrorResponse.WriteAsync(context, new Failure(
            403,
            $"The API key {caller.KeyId} has the roles {Storage.KeyRolesText.Write(caller.Roles)}; {context.Request.Method} {context.Request.Path.ToUriComponent()} "
            + $"takes one of the role {string.Join(" or ", needed)}.",
            Code: "insufficient_permissions"));
    }
}
