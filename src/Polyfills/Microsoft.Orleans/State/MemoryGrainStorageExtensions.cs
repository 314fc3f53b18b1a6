using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Storage;

namespace Orleans.Configuration
{
    public class MemoryGrainStorageOptions;
}

namespace Orleans.Hosting
{
    public static class MemoryGrainStorageSiloBuilderExtensions
    {
        public static ISiloBuilder AddMemoryGrainStorage(
            this ISiloBuilder builder, string name, Action<OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null) =>
            builder.ConfigureServices(services =>
            {
                configureOptions?.Invoke(services.AddOptions<MemoryGrainStorageOptions>(name));
                services.AddKeyedSingleton<IGrainStorage>(name, new MemoryGrainStorage());
            });

        public static ISiloBuilder AddMemoryGrainStorageAsDefault(
            this ISiloBuilder builder, Action<OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null) =>
            builder.AddMemoryGrainStorage(Default, configureOptions).ConfigureServices(services =>
                services.AddSingleton(sp => sp.GetRequiredKeyedService<IGrainStorage>(Default)));

        private const string Default = "Default";
    }
}
