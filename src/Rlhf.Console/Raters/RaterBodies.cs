namespace Rlhf.WebConsole.Raters;

internal sealed record RaterList(
    IReadOnlyList<RaterItem> Data, bool HasMore, string? Next, int Total, double? KrippendorffAlpha, string Method, GoldFigures Gold, PositionBias PositionBias);

/// <summary>Gold questions that were answered, and how many of them each way of counting gets right.</summary>
internal sealed record GoldFigures(int Answered, int MajorityRight, int DawidSkeneRight);

internal sealed record PositionBias(int Comparisons, double? EarlierPreferred, bool Significant);

internal sealed record RaterItem(
    string Id, string? Client, int Statements, int Likes, int Dislikes, DateTimeOffset? LastAt, double Accuracy, double Weight, int Compared, int GoldAnswered, int GoldRight, bool Suspected,
    IReadOnlyList<Suspicion> Evidence, Quarantine? Quarantine)
{
    /// <summary>The path of the rater in the API.</summary>
    public string PathTo(string what) => $"/v1/raters/{Uri.EscapeDataString(Id)}/{what}{(Client is null ? "" : $"?client={Uri.EscapeDataString(Client)}")}";

    /// <summary>Wilson's interval of the accuracy, 95 %: of few judgements it tells little.</summary>
    public (double Low, double High)? Interval
    {
        get
        {
            const double z = 1.96;
            if (Compared == 0)
            {
                return null;
            }

            var (n, p) = ((double)Compared, Accuracy);
            var middle = (p + (z * z / (2 * n))) / (1 + (z * z / n));
            var half = z / (1 + (z * z / n)) * Math.Sqrt((p * (1 - p) / n) + (z * z / (4 * n * n)));
            return (middle - half, middle + half);
        }
    }
}

internal sealed record Suspicion(string Kind, string Evidence);

internal sealed record Quarantine(string Reason, string By, DateTimeOffset At);

internal sealed record CohortList(IReadOnlyList<CohortItem> Data);

internal sealed record CohortItem(
    string? Tag, string Version, int Statements, int Raters, int Replies, int Scored, double? Mean, double? Deviation, double? ShareRated, double? WorseThanLive);
