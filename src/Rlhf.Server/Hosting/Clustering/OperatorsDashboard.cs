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
    /// <remarks>Its pages are made when somebody asks for the first of them: they are compressed then, which took a tenth of a start.</remarks>
    public static void MapOperatorsDashboard(this WebApplication app)
    {
        var pages = new Lazy<RequestDelegate>(() => Pages(app.Services));
        app.Map($"{Path}/{{**page}}", context => pages.Value(context)).RequireAuthorization(KeyPolicies.Operate).WithMetadata(new KeyAsPassword());
    }

    private static RequestDelegate Pages(IServiceProvider services)
    {
        var pages = new ApplicationBuilder(services);
        pages.Use((context, next) =>
        {
            context.SetEndpoint(null); // the one that led here, which would keep this routing from looking for its own
            return next(context);
        });
        pages.UseRouting();
        pages.UseEndpoints(endpoints => endpoints.MapOrleansDashboard(Path));
        return pages.Build();
    }
}
