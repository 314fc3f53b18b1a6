using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Learner;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Learning.Runs;

namespace Rlhf.Grains;

/// <summary>What the grains need of a silo, and what a client of them needs.</summary>
public static class GrainsSetup
{
    /// <summary>Adds the services that a silo's grains share. To be called after the silo itself was added: hosted
    /// services start in the order they were added, and these call grains.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="model">The model.</param>
    /// <param name="serving">How replies are drawn.</param>
    /// <param name="learner">How the policy is trained.</param>
    /// <param name="roles">What this silo does; it must not be asked for the grains of other roles (<see cref="ClassesOfOthers"/>).</param>
    public static IServiceCollection AddRlhfGrains(
        this IServiceCollection services, string name, BaseModel model, ServingOptions serving, LearnerOptions learner, ProcessRoles roles = ProcessRoles.All)
    {
        services.AddSingleton(model);
        services.AddSingleton(new BaseVersion(new VersionLineage(JobId: null, Cursor: 0, Seed: 0, model.Fingerprint, Config: "{}")));
        if (roles.HasFlag(ProcessRoles.Serving))
        {
            services.AddSingleton(Replica.OfThisProcess());
            services.AddSingleton(_ => new DecodeEngine(model, new DecodeOptions { Threads = serving.Threads, MaxBatch = serving.MaxBatch, MaxQueue = serving.MaxQueue, Weights = serving.Weights, CacheBytes = serving.CacheBytes }));
            services.AddSingleton(serving);
            services.AddSingleton<LoadedVersions>();
            services.AddSingleton<RewardModels>();
            services.AddSingleton<BestOfN>();
            services.AddSingleton<RepliesUnderWay>();
            services.AddHostedService(provider => provider.GetRequiredService<RewardModels>());
            services.AddHostedService<ServingMeter>();
        }

        services.AddRlhfClient(name);
        if (roles.HasFlag(ProcessRoles.Learner))
        {
            services.AddSingleton(learner);
            services.AddSingleton<TrainingService>();
            services.AddHostedService(provider => provider.GetRequiredService<TrainingService>());
            services.AddHostedService<JobWatch>();
        }

        if (roles.HasFlag(ProcessRoles.Serving))
        {
            services.AddHostedService(provider => provider.GetRequiredService<RepliesUnderWay>()); // the last to start is the first to stop
        }

        return services;
    }

    /// <summary>Adds what a process needs that calls the grains and holds none. To be called after the client was added.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name.</param>
    public static IServiceCollection AddRlhfClient(this IServiceCollection services, string name)
    {
        services.AddSingleton(new CatalogCache(name));
        services.AddSingleton<FeedbackImport>();
        services.AddHostedService<CatalogSubscription>();
        services.AddHostedService<VersionMeter>();
        return services;
    }

    /// <summary>The grain classes that a silo of these roles must not hold. The others (raters, versions, the
    /// catalogue) live on any silo.</summary>
    /// <param name="roles">The silo's roles.</param>
    public static IEnumerable<Type> ClassesOfOthers(ProcessRoles roles)
    {
        if (!roles.HasFlag(ProcessRoles.Serving))
        {
            yield return typeof(ServingGrain);
            yield return typeof(ConversationGrain);
        }

        if (!roles.HasFlag(ProcessRoles.Learner))
        {
            yield return typeof(LearnerGrain);
        }
    }
}
