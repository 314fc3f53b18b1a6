using Microsoft.Extensions.Options;

namespace Rlhf.Server.Chat;

/// <summary>
/// Decides which turns get a second draft: those of the highest disagreement, at most <see cref="DraftOptions.Share"/> of them over time. The threshold is the quantile of the newest
/// disagreements that leaves that share above it; until there are enough of them, and where there is none, chance decides. It lives in memory: each process counts for itself.
/// </summary>
/// <param name="options">The share.</param>
public sealed class DraftBudget(IOptions<DraftOptions> options)
{
    /// <summary>Disagreements that the threshold is taken from.</summary>
    public const int Window = 512;

    /// <summary>Disagreements before which there is no threshold.</summary>
    public const int Least = 32;

    private const double MostSaved = 10;
    private readonly Lock _gate = new();
    private readonly Queue<double> _newest = [];
    private double _credit = MostSaved / 2;

    /// <summary>Counts a turn, and says whether it gets a second draft.</summary>
    /// <param name="disagreement">How far the ensemble disagrees on the first draft; null where nobody knows.</param>
    /// <param name="chance">A number drawn evenly from [0, 1).</param>
    public bool Take(double? disagreement, double chance)
    {
        var share = options.Value.Share;
        lock (_gate)
        {
            _credit = Math.Min(MostSaved, _credit + share);
            var known = disagreement is { } told && double.IsFinite(told) ? told : (double?)null;
            var wanted = known is { } high && _newest.Count >= Least ? IsAbove(high, share) : chance < share;
            if (known is { } seen)
            {
                _newest.Enqueue(seen);
                if (_newest.Count > Window)
                {
                    _newest.Dequeue();
                }
            }

            if (!wanted || share == 0 || _credit < 1)
            {
                return false;
            }

            _credit--;
            return true;
        }
    }

    /// <summary>Whether at most the share of the newest are higher.</summary>
    private bool IsAbove(double disagreement, double share) => _newest.Count(other => other > disagreement) <= share * _newest.Count;
}
