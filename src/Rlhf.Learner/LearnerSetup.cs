using Microsoft.Extensions.DependencyInjection;
using Rlhf.Grains;
using Rlhf.Learner.Scoring;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner;

/// <summary>What a silo that learns has beside the other grains: the learner, its training service, and what scores replies.</summary>
public static class LearnerSetup
{
    /// <summary>The grain classes that only silos that learn hold.</summary>
    public static IEnumerable<Type> GrainClasses => [typeof(LearnerGrain), typeof(RewardGrain)];

    /// <summary>Adds the services of the role.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="learner">How the policy is trained.</param>
    public static IServiceCollection AddRlhfLearner(this IServiceCollection services, LearnerOptions learner)
    {
        services.AddSingleton(learner);
        services.AddSingleton<RewardModels>();
        services.AddHostedService<DeviceCheck>(); // the host's: it works while the silo starts, and has the last word
        return services
            .AddSiloService<TrainingService>(SiloServices.Working)
            .AddSiloService<JobWatch>(SiloServices.Working);
    }
}
