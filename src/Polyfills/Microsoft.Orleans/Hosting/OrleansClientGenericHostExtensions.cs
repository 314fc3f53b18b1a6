using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Hosting
{
    /// <summary>Configures a client of a cluster.</summary>
    public interface IClientBuilder
    {
        Microsoft.Extensions.DependencyInjection.IServiceCollection Services { get; }

        Microsoft.Extensions.Configuration.IConfiguration Configuration { get; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    /// <summary>A client is a process beside the silos, which is more than one process.</summary>
    public static class OrleansClientGenericHostExtensions
    {
        public static IHostApplicationBuilder UseOrleansClient(this IHostApplicationBuilder hostAppBuilder) => throw Refusal();

        public static IHostApplicationBuilder UseOrleansClient(
            this IHostApplicationBuilder hostAppBuilder, Action<IClientBuilder> configureDelegate) => throw Refusal();

        private static OrleansConfigurationException Refusal() => new(
            "This build of Orleans runs in one process, so it can't be a client of silos elsewhere; "
            + "the real Microsoft.Orleans packages are what scales out (build with -p:UsePolyfills=false).");
    }
}
