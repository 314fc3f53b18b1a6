using Orleans.Dashboard;
using Orleans.Hosting;
using Rlhf.Server.Keys;

namespace Rlhf.Server.Hosting;

/// <summary>Orleans' own dashboard: silos, grains, calls, reminders.</summary>
internal static class OperatorsDashboard
{
    /// <summary>Where it is.</summary>
    public const string Path = "/dashboard";

    /// <summary>Every silo counts for it, so that any may hold the grain that adds up. Without its stream of the log, which a
    /// browser would get beside the filters of the configuration.</summary>
    public static ISiloBuilder AddOperatorsDashboard(this ISiloBuilder silo) => silo.AddDashboard(dashboard => dashboard.HideTrace = true);

    /// <summary>A client asks the silos.</summary>
    public static IClientBuilder AddOperatorsDashboard(this IClientBuilder client) => client.AddDashboard(dashboard => dashboard.HideTrace = true);

    /// <summary>Shows it to operators. A browser sends their key as a password, because no page can send a header before it
    /// is there.</summary>
    public static void MapOperatorsDashboard(this WebApplication app) =>
        app.MapOrleansDashboard(Path).RequireAuthorization(KeyPolicies.Operate).WithMetadata(new KeyAsPassword());
}
