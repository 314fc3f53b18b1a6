using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Moderation;
using Rlhf.Grains.Retention;
using Rlhf.Grains.Serving;
using Rlhf.Grains.SystemPrompts;
using Rlhf.Grains.Versions;
using Rlhf.Grains.Webhooks;
using Rlhf.Inference;

namespace Rlhf.Grains;

/// <summary>What the grains need of a silo, and what a client of them needs.</summary>
public static class GrainsSetup
{
    /// <summary>Adds the services that a silo's grains share.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="model">The model.</param>
    /// <param name="serving">How replies are drawn.</param>
    /// <param name="roles">What this silo does; where it does not serve, it must not be asked for <see cref="ServingClasses"/>.</param>
    public static IServiceCollection AddRlhfGrains(
        this IServiceCollection services, string name, BaseModel model, ServingOptions serving, ProcessRoles roles = ProcessRoles.All)
    {
        services.AddSingleton(model);
        services.AddSingleton(new BaseVersion(new VersionLineage(JobId: null, Cursor: 0, Seed: 0, model.Fingerprint, Config: "{}")));
        if (roles.HasFlag(ProcessRoles.Serving))
        {
            services.AddSingleton<ReplyFigures>();
            services.AddSingleton<Replica>();
            services.AddSingleton(_ => new DecodeEngine(model, new DecodeOptions { Threads = serving.Threads, MaxBatch = serving.MaxBatch, MaxQueue = serving.MaxQueue, Weights = serving.Weights, CacheBytes = serving.CacheBytes }));
            services.AddSingleton(serving);
            services.AddSingleton<LoadedVersions>();
            services.AddSingleton<RewardScoring>();
            services.AddSingleton<BestOfN>();
            services.AddHostedService<ServingMeter>();
            services.AddSingleton<Moderators>();
            services.AddSiloService<SystemPromptRefresh>(SiloServices.Subscribed);
            services.AddSiloService<RepliesUnderWay>(SiloServices.Serving);
        }

        return services.AddShared(name)
            .AddSiloService<CatalogSubscription>(SiloServices.Subscribed)
            .AddSiloService<RetentionStart>(SiloServices.Working)
            .AddSiloService<CanaryWatch>(SiloServices.Working)
            .AddSiloService<WebhookStart>(SiloServices.Working);
    }

    /// <summary>Adds what a process needs that calls the grains and holds none. To be called after the client was added: the
    /// subscription is a hosted service here, where there is no silo, and hosted services start in the order they were added.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name.</param>
    public static IServiceCollection AddRlhfClient(this IServiceCollection services, string name) =>
        services.AddShared(name).AddHostedService<CatalogSubscription>();

    /// <summary>The grain classes that only silos that serve hold. The others (raters, versions, the catalogue) live on any silo.</summary>
    public static IEnumerable<Type> ServingClasses => [typeof(ServingGrain), typeof(ConversationGrain)];

    private static IServiceCollection AddShared(this IServiceCollection services, string name)
    {
        services.AddSingleton(new CatalogCache(name));
        services.AddSingleton<SystemPromptCache>();
        services.AddSingleton<FeedbackImport>();
        services.AddHostedService<VersionMeter>();
        return services;
    }
}
