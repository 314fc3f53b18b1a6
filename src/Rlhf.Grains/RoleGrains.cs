using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Webhooks;

namespace Rlhf.Grains;

/// <summary>References to the grains that only silos of one role hold. They are made by the grains' ids: by the
/// interface alone, Orleans finds a grain only while a silo that holds its class is known, and a thumb must be taken
/// while every learner is down.</summary>
public static class RoleGrains
{
    /// <summary>The grain type of a learner.</summary>
    public const string LearnerType = "learner";

    /// <summary>The grain type of what scores replies.</summary>
    public const string RewardType = "reward";

    internal const string ConversationType = "conversation";

    /// <summary>A conversation.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="id">The conversation's id.</param>
    public static IConversationGrain Conversation(this IGrainFactory grains, string id) => grains.GetGrain<IConversationGrain>(GrainId.Create(ConversationType, id));

    /// <summary>The learner of a model.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="model">The model's name.</param>
    public static ILearnerGrain Learner(this IGrainFactory grains, string model) => grains.GetGrain<ILearnerGrain>(GrainId.Create(LearnerType, model));

    /// <summary>What a webhook endpoint is told of a model.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="endpoint">The endpoint.</param>
    public static IWebhookGrain Webhook(this IGrainFactory grains, string model, WebhookEndpoint endpoint) => grains.GetGrain<IWebhookGrain>($"{model}:{endpoint.Key}");

    /// <summary>What scores replies with the reward models of a model's versions.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="model">The model's name.</param>
    public static IRewardGrain Reward(this IGrainFactory grains, string model) => grains.GetGrain<IRewardGrain>(GrainId.Create(RewardType, model));
}
