using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>What is known of a rater, from the newest feedback.</summary>
/// <param name="Id">Who it is, as <see cref="RaterId"/>.</param>
/// <param name="Statements">What the rater says in the end, of all kinds.</param>
/// <param name="Likes">How many of them like a reply.</param>
/// <param name="Dislikes">How many of them dislike a reply.</param>
/// <param name="Retracted">Statements taken back.</param>
/// <param name="First">The first statement's time.</param>
/// <param name="Last">The last statement's time.</param>
/// <param name="Accuracy">How often the rater is right, as far as others and gold questions tell.</param>
/// <param name="Weight">The weight of the rater's feedback in the reward model's loss; 0 in quarantine.</param>
/// <param name="Compared">Statements that others' or gold questions can be held against.</param>
/// <param name="Gold">Gold questions answered.</param>
/// <param name="GoldRight">Gold questions answered as was expected.</param>
/// <param name="Suspicions">What speaks against the rater; empty where nothing does.</param>
/// <param name="IsSuspected">Whether that is enough for a suspicion.</param>
/// <param name="Quarantine">Why and since when the rater is left out; null where the feedback counts.</param>
[GenerateSerializer, Immutable, Alias("rlhf.RaterReport")]
public sealed record RaterReport(
    string Id,
    int Statements,
    int Likes,
    int Dislikes,
    int Retracted,
    DateTimeOffset? First,
    DateTimeOffset? Last,
    double Accuracy,
    double Weight,
    int Compared,
    int Gold,
    int GoldRight,
    ImmutableArray<Suspicion> Suspicions,
    bool IsSuspected,
    Quarantine? Quarantine);

/// <summary>Something that speaks against a rater, with its evidence.</summary>
/// <param name="Kind"><c>consensus</c>, <c>alike</c>, <c>speed</c>, <c>burst</c> or <c>monotony</c>.</param>
/// <param name="Evidence">The figures, in words.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Suspicion")]
public sealed record Suspicion(string Kind, string Evidence);

/// <summary>A rater's quarantine: nothing the rater said is learned from, and nothing more is taken.</summary>
/// <param name="Reason">Why.</param>
/// <param name="By">Who decided: an operator's client, or <c>rule</c>.</param>
/// <param name="At">Since when.</param>
/// <param name="First">The ledger sequence of the rater's first event in the newest feedback of that time: what was trained on it may have learned from the rater.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Quarantine")]
public sealed record Quarantine(string Reason, string By, DateTimeOffset At, long First);

/// <summary>All raters of the newest feedback, some at a time.</summary>
/// <param name="Raters">Raters, in the order of their ids.</param>
/// <param name="HasMore">Whether others follow.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Agreement">Krippendorff's alpha of all of them; NaN where nothing can be compared.</param>
/// <param name="Method">How votes are counted: <c>dawid-skene</c> where it beats the majority on gold questions, <c>majority</c> elsewhere.</param>
/// <param name="GoldItems">Gold questions that were answered, and what each method makes of them: how many, and how many the majority and Dawid-Skene get right.</param>
/// <param name="EarlierPreferred">Of comparisons of two replies of one conversation that prefer one: how many prefer the one that was drawn first, and how many there are.</param>
/// <param name="Cursor">The ledger's last sequence that is in it.</param>
[GenerateSerializer, Immutable, Alias("rlhf.RaterPage")]
public sealed record RaterPage(
    ImmutableArray<RaterReport> Raters, bool HasMore, int Total, double Agreement, string Method, ImmutableArray<int> GoldItems, ImmutableArray<int> EarlierPreferred, long Cursor);
