using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Raters;

/// <summary>Raters, in the shape of OpenAI's lists, with what is known of all of them.</summary>
/// <param name="Object"><c>list</c>.</param>
/// <param name="Data">Raters, in the order of their keys.</param>
/// <param name="HasMore">Whether others follow.</param>
/// <param name="Next">What <c>after</c> is for the next page; null on the last one.</param>
/// <param name="Total">How many raters there are.</param>
/// <param name="KrippendorffAlpha">How far they agree beyond chance; null where nothing can be compared.</param>
/// <param name="Method">How votes are counted: <c>dawid-skene</c> where it beats the majority on gold questions, <c>majority</c> elsewhere.</param>
/// <param name="Gold">What either makes of the gold questions.</param>
/// <param name="PositionBias">Whether raters prefer what was drawn first.</param>
/// <param name="Cursor">The ledger's last event that is in it.</param>
internal sealed record RaterListBody(
    string Object, IReadOnlyList<RaterDetailsBody> Data, bool HasMore, string? Next, int Total, double? KrippendorffAlpha, string Method, GoldFiguresBody Gold, PositionBiasBody PositionBias, long Cursor)
{
    public static RaterListBody Of(RaterPage page) => new(
        "list",
        [.. page.Raters.Select(RaterDetailsBody.Of)],
        page.HasMore,
        page.HasMore ? page.Raters[^1].Id : null,
        page.Total,
        double.IsNaN(page.Agreement) ? null : page.Agreement,
        page.Method,
        new GoldFiguresBody(page.GoldItems[0], page.GoldItems[1], page.GoldItems[2]),
        PositionBiasBody.Of(page.EarlierPreferred[0], page.EarlierPreferred[1]),
        page.Cursor);
}

/// <summary>Gold questions that were answered, and how many of them each method gets right.</summary>
internal sealed record GoldFiguresBody(int Answered, int MajorityRight, int DawidSkeneRight);

/// <summary>Of comparisons of two replies of one conversation that prefer one: how many prefer the one that was drawn first.</summary>
/// <param name="Comparisons">How many there are.</param>
/// <param name="EarlierPreferred">The share that prefers the earlier one; null where there are none.</param>
/// <param name="Significant">Whether it is further from one half than chance would bring it in one case of a hundred.</param>
internal sealed record PositionBiasBody(int Comparisons, double? EarlierPreferred, bool Significant)
{
    public static PositionBiasBody Of(int earlier, int all) =>
        new(all, all == 0 ? null : (double)earlier / all, all > 0 && Math.Abs(earlier - (all / 2.0)) > 2.576 * Math.Sqrt(all) / 2);
}

/// <summary>What is known of a rater.</summary>
/// <param name="Id">The rater's name.</param>
/// <param name="Client">Whose rater it is; null where no key was needed.</param>
/// <param name="Statements">What the rater says in the end, of all kinds.</param>
/// <param name="Likes">How many of them like a reply.</param>
/// <param name="Dislikes">How many of them dislike one.</param>
/// <param name="Retracted">Statements taken back.</param>
/// <param name="FirstAt">The first statement's time.</param>
/// <param name="LastAt">The last statement's time.</param>
/// <param name="Accuracy">How often the rater is right, as far as others and gold questions tell.</param>
/// <param name="Weight">The weight of the rater's feedback in training; 0 in quarantine.</param>
/// <param name="Compared">Statements that others' or gold questions can be held against.</param>
/// <param name="GoldAnswered">Gold questions answered.</param>
/// <param name="GoldRight">Gold questions answered as was expected.</param>
/// <param name="Suspected">Whether the evidence is enough for a suspicion.</param>
/// <param name="Evidence">What speaks against the rater.</param>
/// <param name="Quarantine">Why and since when the rater is left out; null where the feedback counts.</param>
internal sealed record RaterDetailsBody(
    string Id, string? Client, int Statements, int Likes, int Dislikes, int Retracted, DateTimeOffset? FirstAt, DateTimeOffset? LastAt, double Accuracy, double Weight, int Compared,
    int GoldAnswered, int GoldRight, bool Suspected, IReadOnlyList<SuspicionBody> Evidence, QuarantineBody? Quarantine)
{
    public static RaterDetailsBody Of(RaterReport rater) => new(
        RaterId.NameIn(rater.Id),
        RaterId.ClientIn(rater.Id),
        rater.Statements,
        rater.Likes,
        rater.Dislikes,
        rater.Retracted,
        rater.First,
        rater.Last,
        rater.Accuracy,
        rater.Weight,
        rater.Compared,
        rater.Gold,
        rater.GoldRight,
        rater.IsSuspected,
        [.. rater.Suspicions.Select(suspicion => new SuspicionBody(suspicion.Kind, suspicion.Evidence))],
        rater.Quarantine is { } quarantine ? new QuarantineBody(quarantine.Reason, quarantine.By, quarantine.At) : null);
}

/// <summary>Something that speaks against a rater: <c>consensus</c>, <c>alike</c>, <c>speed</c>, <c>burst</c> or <c>monotony</c>, and the figures.</summary>
internal sealed record SuspicionBody(string Kind, string Evidence);

/// <summary>A rater's quarantine: why, who decided (a client, or <c>rule</c>), and since when.</summary>
internal sealed record QuarantineBody(string Reason, string By, DateTimeOffset At);

/// <summary>Puts a rater into quarantine.</summary>
[Closed]
internal sealed record QuarantineRequest
{
    /// <summary>Why; the rater is told.</summary>
    [MinLength(1), MaxLength(RequestLimits.Comment)]
    public required string Reason { get; init; }
}

/// <summary>Cohorts of the newest feedback.</summary>
internal sealed record CohortListBody(string Object, IReadOnlyList<CohortBody> Data);

/// <summary>What a group of raters says of a version.</summary>
/// <param name="Tag">The tag that its statements carry; null for all statements together.</param>
/// <param name="Version">The version; empty for imported replies.</param>
/// <param name="Statements">Statements, of all kinds.</param>
/// <param name="Kinds">How many of each kind.</param>
/// <param name="Raters">How many raters made them.</param>
/// <param name="Replies">How many replies they are on.</param>
/// <param name="Scored">How many say whether they like the reply.</param>
/// <param name="Mean">Their mean score, 0 to 1; null where there is none.</param>
/// <param name="Deviation">Their standard deviation.</param>
/// <param name="ShareRated">Of the version's replies among the last thousand: the share that is rated. For all statements together alone.</param>
/// <param name="WorseThanLive">How much worse than the live version the group finds this one, where that is sure at 99 %.</param>
internal sealed record CohortBody(
    string? Tag, string Version, int Statements, IReadOnlyDictionary<string, int> Kinds, int Raters, int Replies, int Scored, double? Mean, double? Deviation, double? ShareRated, double? WorseThanLive);
