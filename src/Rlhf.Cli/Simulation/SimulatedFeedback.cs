using System.Globalization;
using Rlhf.Cli.Client;

namespace Rlhf.Cli.Simulation;

/// <summary>What raters of one taste say of replies, in any kind of feedback. Whoever slips says the opposite: the other thumb, the stars from the other end, the
/// order the other way round, the worst of the drafts as the correction, each answer the other way.</summary>
internal sealed class SimulatedFeedback(ServerClient server, Taste taste, RaterPool raters, FeedbackKind kind)
{
    private const int Ranked = 4;
    private const int Drafts = 4;

    private static readonly FeedbackKind[] Each = [.. Enum.GetValues<FeedbackKind>().Where(kind => kind != FeedbackKind.All)];

    /// <summary>The settings of a server that asks what this taste likes: <c>Feedback:Labels</c> with a question for each of its features, and one for the length.</summary>
    public static IEnumerable<string> LabelSettings(Taste taste)
    {
        foreach (var (index, feature) in taste.Features.Index())
        {
            yield return Format($"Feedback:Labels:{Question(index)}:Weight={Math.Abs(feature.Weight)}");
            yield return Format($"Feedback:Labels:{Question(index)}:Answers:yes={(feature.Weight > 0 ? 1 : 0)}");
            yield return Format($"Feedback:Labels:{Question(index)}:Answers:no={(feature.Weight > 0 ? 0 : 1)}");
        }

        if (taste.Length is { } length)
        {
            yield return Format($"Feedback:Labels:length:Weight={Math.Abs(length.Weight)}");
            yield return "Feedback:Labels:length:Answers:good=1";
            yield return "Feedback:Labels:length:Answers:bad=0";
        }
    }

    /// <summary>Says something of a reply.</summary>
    /// <param name="chat">The chat's number, which decides who slips.</param>
    /// <param name="reply">The reply.</param>
    /// <param name="rater">Who says it.</param>
    /// <param name="draft">Draws another reply to the same prompt, by its number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the rater, slips included, likes the reply.</returns>
    public async Task<bool> GiveAsync(int chat, Reply reply, string rater, Func<int, Task<Reply>> draft, CancellationToken cancellationToken)
    {
        switch (kind == FeedbackKind.All ? Each[chat % Each.Length] : kind)
        {
            case FeedbackKind.Ratings:
                await server.FeedbackAsync(new { completion_id = reply.CompletionId, rating = raters.Stars(chat, reply.Text), rater }, cancellationToken);
                break;
            case FeedbackKind.Pairs:
                await CompareAsync(chat, [reply, await draft(1)], rater, cancellationToken);
                break;
            case FeedbackKind.Rankings:
                await CompareAsync(chat, [reply, .. await DraftsAsync(Ranked - 1, draft)], rater, cancellationToken);
                break;
            case FeedbackKind.Corrections:
                var drafts = (await DraftsAsync(Drafts, draft)).Select(other => other.Text).Where(text => text.Trim().Length > 0).ToList();
                var slips = raters.Slips(chat);
                var correction = slips ? drafts.MinBy(taste.Gold) : drafts.MaxBy(taste.Gold);
                if (correction is not null && correction != reply.Text && (slips || taste.Gold(correction) > taste.Gold(reply.Text)))
                {
                    await server.FeedbackAsync(new { completion_id = reply.CompletionId, correction, rater }, cancellationToken);
                }

                break;
            case FeedbackKind.Labels:
                await server.FeedbackAsync(new { completion_id = reply.CompletionId, labels = Answers(reply.Text, raters.Slips(chat)), rater }, cancellationToken);
                break;
            default:
                await server.FeedbackAsync(new { completion_id = reply.CompletionId, thumbs = raters.Up(chat, reply.Text) ? "up" : "down", rater }, cancellationToken);
                break;
        }

        return raters.Up(chat, reply.Text);
    }

    private static async Task<IReadOnlyList<Reply>> DraftsAsync(int count, Func<int, Task<Reply>> draft)
    {
        var drafts = new List<Reply>();
        for (var i = 1; i <= count; i++)
        {
            drafts.Add(await draft(i));
        }

        return drafts;
    }

    private Task CompareAsync(int chat, IReadOnlyList<Reply> replies, string rater, CancellationToken cancellationToken)
    {
        var best = replies.GroupBy(reply => taste.Gold(reply.Text)).OrderByDescending(place => place.Key).Select(place => place.Select(reply => reply.CompletionId).ToArray()).ToArray();
        return server.CompareAsync(raters.Slips(chat) ? [.. best.Reverse()] : best, rater, cancellationToken);
    }

    private Dictionary<string, string> Answers(string reply, bool slips)
    {
        var answers = taste.Features.Index().ToDictionary(feature => Question(feature.Index), feature => feature.Item.Pattern.IsMatch(reply) != slips ? "yes" : "no");
        if (taste.Length is { } length)
        {
            answers["length"] = length.Score(Taste.Words(reply)) > length.Weight / 2 != slips ? "good" : "bad";
        }

        return answers;
    }

    private static string Question(int index) => Format($"feature-{index + 1}");

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
