using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Pipeline;

/// <summary>Judged replies in tokens, as the policy's algorithms read them. One whose sampled tokens are not known is tokenised and taken as ended; one that does
/// not fit the model's context behind a prompt is left out. For a demonstration the prompt is cut to what the reply leaves of it.</summary>
internal sealed class RatedReplies
{
    private readonly BaseModel _model;
    private readonly PromptRoom _room;

    /// <param name="model">The base model.</param>
    /// <param name="judgements">What people said.</param>
    /// <param name="options">How much room prompts have.</param>
    public RatedReplies(BaseModel model, IReadOnlyList<Judgement> judgements, PolicyOptions options)
    {
        (_model, _room) = (model, new PromptRoom(model, options));
        Rated = [.. judgements.Select(Rate).OfType<RatedRollout>().Where(rated => Fits(rated.Rollout))];
        Pairs = [.. judgements.OfType<RankedReplies>().SelectMany(PairsOf).Where(pair => Fits(pair.Chosen) && Fits(pair.Rejected))];
        Demonstrated = [.. judgements.OfType<Demonstration>().Where(shown => shown.Weight > 0)
            .Select(shown => new RatedRollout(Shown(shown), Up: true, shown.Weight)).Where(shown => shown.Rollout.Reply.Length <= model.Config.ContextLength / 2)];
    }

    /// <summary>Replies with a thumb, or with stars that say as much: more than three, or less.</summary>
    public IReadOnlyList<RatedRollout> Rated { get; }

    /// <summary>Each two replies of a ranking of which one is the better.</summary>
    public IReadOnlyList<ReplyPair> Pairs { get; }

    /// <summary>Replies to be imitated.</summary>
    public IReadOnlyList<RatedRollout> Demonstrated { get; }

    private RatedRollout? Rate(Judgement judgement) => judgement switch
    {
        ThumbedReply thumb => new RatedRollout(Rollout(thumb.Context, thumb.Reply, thumb.Tokens, thumb.LogProbs), thumb.Up, thumb.Weight),
        StarredReply { Stars: not 3 } rated => new RatedRollout(Rollout(rated.Context, rated.Reply, rated.Tokens, rated.LogProbs), rated.Stars > 3, rated.Weight),
        _ => null,
    };

    private IEnumerable<ReplyPair> PairsOf(RankedReplies ranked)
    {
        (int Rank, Rollout Rollout)[] replies = [.. ranked.Replies.Select(reply => (reply.Rank, Rollout(ranked.Context, reply.Text, reply.Tokens, reply.LogProbs)))];
        return from better in replies
               from worse in replies
               where better.Rank < worse.Rank && !better.Rollout.Reply.AsSpan().SequenceEqual(worse.Rollout.Reply)
               select new ReplyPair(better.Rollout, worse.Rollout, ranked.Weight);
    }

    private Rollout Rollout(IReadOnlyList<DialogueMessage> context, string text, IReadOnlyList<int> sampled, IReadOnlyList<float> logProbs)
    {
        int[] tokens = sampled.Count > 0 ? [.. sampled] : [.. _model.Tokenizer.Encode(text), _model.Template.EndId];
        return new Rollout(_room.Prompt(context), tokens, logProbs.Count == tokens.Length ? [.. logProbs] : [], text, tokens[^1] == _model.Template.EndId);
    }

    private Rollout Shown(Demonstration shown)
    {
        int[] reply = [.. _model.Tokenizer.Encode(shown.Reply), _model.Template.EndId];
        var room = Math.Max(3, Math.Min(_room.Tokens, _model.Config.ContextLength - reply.Length));
        return new Rollout(new RolloutPrompt(shown.Context, _model.Template.RenderToFit(shown.Context, room)), reply, [], shown.Reply, Ended: true);
    }

    private bool Fits(Rollout rollout) => rollout.Reply.Length <= _model.Config.ContextLength - _room.Tokens;
}
