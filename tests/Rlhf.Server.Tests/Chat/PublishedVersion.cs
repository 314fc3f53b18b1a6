using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Inference.Tests;
using Rlhf.Learning.Model;
using Rlhf.Learning.Tests;
using Rlhf.Learning.Torch;
using Rlhf.Storage;

namespace Rlhf.Server.Tests.Chat;

/// <summary>Versions with a reward model, without any training.</summary>
internal static class PublishedVersion
{
    /// <summary>Makes a version and publishes it: live, or a canary where <c>Versions:CanaryShare</c> says so.</summary>
    /// <returns>The scores of its reward model's heads on replies to a user's message, computed apart.</returns>
    public static async Task<Func<string, string[], double[][]>> PublishAsync(RunningServer server, string version)
    {
        var model = server.Services.GetRequiredService<BaseModel>();
        var adapters = server.Services.GetRequiredService<IAdapterStore>();
        var judge = TestRewards.Random(model, seed: 1);
        var claim = (await adapters.ClaimAsync(version)).Token;
        await adapters.SaveRewardAsync(version, judge.ToBytes(), claim);
        await adapters.SaveAsync(version, TestModels.Adapter(model.Config, rank: 2, seed: 1).ToBytes(), claim);
        var catalog = server.Services.GetRequiredService<IGrainFactory>().GetGrain<IModelCatalogGrain>("demo");
        await catalog.AnnounceAsync(version, ModelCatalog.Base, new VersionLineage("job-1", 0, 1, model.Fingerprint, "{}"));
        await catalog.PublishAsync(version);
        return (asked, replies) =>
        {
            TorchRuntime.Start();
            using var trunk = CausalLm.From(model);
            using var reward = judge.On(model, trunk);
            return reward.HeadScores([.. replies.Select(reply => reward.Encoder.Encode([("user", asked)], reply))], CancellationToken.None);
        };
    }
}
