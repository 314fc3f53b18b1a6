using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Learner;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Learning.Runs;

namespace Rlhf.Grains;

/// <summary>What the grains need of a silo.</summary>
public static class GrainsSetup
{
    /// <summary>Adds the services that a silo's grains share. To be called after the silo itself was added: hosted
    /// services start in the order they were added, and these call grains.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="model">The model.</param>
    /// <param name="serving">How replies are drawn.</param>
    /// <param name="learner">How the policy is trained.</param>
    public static IServiceCollection AddRlhfGrains(this IServiceCollection services, string name, BaseModel model, ServingOptions serving, LearnerOptions learner)
    {
        services.AddSingleton(model);
        services.AddSingleton(learner);
        services.AddSingleton(new CatalogCache(name));
        services.AddSingleton(new BaseVersion(new VersionLineage(JobId: null, Cursor: 0, Seed: 0, model.Fingerprint, Config: "{}")));
        services.AddSingleton(Replica.OfThisProcess());
        services.AddSingleton(_ => new DecodeEngine(model, new DecodeOptions { Threads = serving.Threads, MaxBatch = serving.MaxBatch, MaxQueue = serving.MaxQueue, Weights = serving.Weights, CacheBytes = serving.CacheBytes }));
        services.AddSingleton<LoadedVersions>();
        services.AddSingleton<FeedbackImport>();
        services.AddSingleton<TrainingService>();
        services.AddHostedService<ServingMeter>();
        services.AddHostedService<CatalogSubscription>();
        services.AddHostedService(provider => provider.GetRequiredService<TrainingService>());
        return services;
    }
}
