using System.Collections.Immutable;
using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Learning.Data;
using Rlhf.Learning.Rewards;

namespace Rlhf.Learner;

/// <summary>
/// What an AI judge says of served replies that nobody has judged (RLAIF). A score between worst and best is a soft label: a thumb up and a thumb down that share its weight. Scores
/// are kept beside the job's inputs by the replies' ids as they come, so that a resumed job learns from the same and none is paid for twice; they are never in the ledger.
/// </summary>
internal static class JudgeLabels
{
    private const string FileName = "labels.json";

    // So many scores are kept at a time: more are lost where the judge fails.
    private const int Chunk = 64;

    /// <summary>The served replies that a judge is to label, in the order of their ids.</summary>
    /// <param name="turns">Served turns, newest first.</param>
    /// <param name="judged">The completions that people have judged.</param>
    /// <param name="judgements">How many of people's judgements count.</param>
    /// <param name="options">How many labels, and which share.</param>
    public static ImmutableArray<ServedReply> Choose(IEnumerable<Turn> turns, IReadOnlySet<string> judged, int judgements, JudgeLabelOptions options)
    {
        var most = options.Share < 1 ? (int)Math.Min(options.Most, Math.Floor(judgements * options.Share / (1 - options.Share))) : options.Most;
        return
        [
            .. turns.Where(turn => turn is { Filtered: null, Constrained: false, Message: null, Messages.Length: > 0 } && turn.Reply.Trim().Length > 0)
                .Select(turn => new ServedReply(CompletionId.Of(turn.ConversationId, turn.Number), turn.ConversationId, turn.Messages, turn.Reply, turn.FinishReason == "stop"))
                .Where(reply => !judged.Contains(reply.Id))
                .Take(most)
                .OrderBy(reply => reply.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>The judge's scores of the replies, from -1 to 1, by their ids: those that the folder holds, and the judge's for the others.</summary>
    /// <exception cref="RewardComponentException">The judge gives no usable score; those that it gave are kept.</exception>
    public static async Task<IReadOnlyDictionary<string, double>> ScoreAsync(ImmutableArray<ServedReply> replies, JudgeOptions options, string constitution, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        var scores = File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, double>>(await File.ReadAllBytesAsync(path, cancellationToken))! : [];
        using var judge = new AiJudge(options, constitution);
        foreach (var some in replies.Where(reply => !scores.ContainsKey(reply.Id)).Chunk(Chunk))
        {
            var given = await judge.ScoreAsync([.. some.Select(reply => new RewardedReply(reply.Messages.ToDialogue(), reply.Reply, reply.Ended, Prompt: 0))], cancellationToken);
            foreach (var (reply, score) in some.Zip(given))
            {
                scores[reply.Id] = score;
            }

            await File.WriteAllBytesAsync(path + ".new", JsonSerializer.SerializeToUtf8Bytes(scores), cancellationToken);
            File.Move(path + ".new", path, overwrite: true);
        }

        return scores;
    }

    /// <summary>The labels as a training takes them.</summary>
    public static IReadOnlyList<Judgement> ToJudgements(ImmutableArray<ServedReply> replies, IReadOnlyDictionary<string, double> scores, double weight) =>
    [
        .. replies.SelectMany(reply => new[] { Thumb(reply, up: true, weight * (1 + scores[reply.Id]) / 2), Thumb(reply, up: false, weight * (1 - scores[reply.Id]) / 2) })
            .Where(thumb => thumb.Weight > 0),
    ];

    /// <summary>How many labels there are by their weight, and their mean from -1 to 1; nothing where there are none.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Figures(IReadOnlyList<Judgement> labels)
    {
        var weight = labels.Sum(label => label.Weight);
        return weight == 0
            ? []
            : [new("judge/labels_weight", weight), new("judge/labels_mean", labels.OfType<ThumbedReply>().Sum(label => label.Up ? label.Weight : -label.Weight) / weight)];
    }

    private static ThumbedReply Thumb(ServedReply reply, bool up, double weight) => new(reply.Messages.ToDialogue(), reply.Reply, up, weight, reply.Group);
}

/// <summary>A reply that was served and that a judge labels.</summary>
/// <param name="Id">The completion.</param>
/// <param name="Group">The conversation.</param>
/// <param name="Messages">What it answers.</param>
/// <param name="Reply">What it says.</param>
/// <param name="Ended">Whether it ended by itself.</param>
internal sealed record ServedReply(string Id, string Group, ImmutableArray<ChatMessage> Messages, string Reply, bool Ended);
