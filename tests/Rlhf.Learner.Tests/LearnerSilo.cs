using Microsoft.Extensions.DependencyInjection;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Tests;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner.Tests;

/// <summary>A silo that serves and learns, too.</summary>
internal static class LearnerSilo
{
    public static Task<TestSilo> StartAsync(Action<IServiceCollection>? configure = null, ServingOptions? serving = null, LearnerOptions? learner = null) => TestSilo.StartAsync(
        services =>
        {
            services.Configure<LearnerSchedule>(schedule => schedule.TriggerThumbs = 0);
            services.AddRlhfLearner(learner ?? new LearnerOptions());
            configure?.Invoke(services);
        },
        serving);
}
