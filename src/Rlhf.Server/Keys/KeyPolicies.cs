using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Rlhf.Storage;

namespace Rlhf.Server.Keys;

/// <summary>The policies that an endpoint names with <c>RequireAuthorization</c>. Named without any, it takes every good key.</summary>
internal static class KeyPolicies
{
    /// <summary>An application: chats, and reads its own conversations.</summary>
    public const string Chat = "chat";

    /// <summary>An application or a rating tool: presses thumbs.</summary>
    public const string Rate = "rate";

    /// <summary>A scraper or an operator: looks, and changes nothing.</summary>
    public const string Watch = "watch";

    /// <summary>An operator: decides which version answers, starts the learner, imports feedback.</summary>
    public const string Operate = "operate";

    /// <summary>An application, for its own users; an operator, for anybody's.</summary>
    public const string Privacy = "privacy";

    public static void AddTo(AuthorizationBuilder authorization) => authorization
        .AddPolicy(Chat, policy => policy.AddRequirements(AnyOf(KeyRoles.Chat)))
        .AddPolicy(Rate, policy => policy.AddRequirements(AnyOf(KeyRoles.Chat | KeyRoles.Rate)))
        .AddPolicy(Privacy, policy => policy.AddRequirements(AnyOf(KeyRoles.Chat | KeyRoles.Operate)))
        .AddPolicy(Watch, policy => policy.AddRequirements(AnyOf(KeyRoles.Operate | KeyRoles.Watch)))
        .AddPolicy(Operate, policy => policy.AddRequirements(AnyOf(KeyRoles.Operate)))
        .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(new OperatorsUnlessNothingIsThere()).Build());

    private static RolesAuthorizationRequirement AnyOf(KeyRoles roles) => new(KeyRolesText.Write(roles).Split(','));

    /// <summary>An endpoint that names no policy is the operators'. What is not there at all, or takes another method, any key may be told.</summary>
    private sealed class OperatorsUnlessNothingIsThere() : RolesAuthorizationRequirement(AnyOf(KeyRoles.Operate).AllowedRoles)
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, RolesAuthorizationRequirement requirement)
        {
            if (context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint)
            {
                context.Succeed(requirement);
                return Task.CompletedTask;
            }

            return base.HandleRequirementAsync(context, requirement);
        }
    }
}
