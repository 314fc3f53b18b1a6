using System.Numerics.Tensors;

namespace Rlhf.Learning.RewardModel;

/// <summary>
/// How alike two replies are: a Gaussian kernel on their views, <c>k(x, y) = a·exp(−γ·Σ(2 − 2·cos(xᵥ, yᵥ))/V)</c> over the V views.
/// With few labels the nearest judged replies tell more than any one word does, and far from all of them the kernel says nothing.
/// </summary>
/// <param name="landmarks">The judged replies that others are compared with.</param>
internal sealed class RewardKernel(IReadOnlyList<ReplyViews> landmarks)
{
    private const double Sharpness = 3;
    private const double Amplitude = 32;
    private const double Jitter = 1e-3;
    private const int Block = 32;
    private readonly View[] _views = [.. Enumerable.Range(0, landmarks.Count == 0 ? 0 : landmarks[0].Each.Count).Select(v => new View([.. landmarks.Select(l => l.Each[v])]))];

    /// <summary>The judged replies.</summary>
    public IReadOnlyList<ReplyViews> Landmarks => landmarks;

    /// <summary>The kernel of a reply with each landmark.</summary>
    public float[] Row(ReplyViews reply)
    {
        var likeness = new double[landmarks.Count];
        for (var v = 0; v < _views.Length; v++)
            _views[v].AddCosines(reply.Each[v], likeness);

        return Array.ConvertAll(likeness, sum => (float)(Amplitude * Math.Exp(-2 * Sharpness * (1 - (sum / _views.Length)))));
    }

    /// <summary>
    /// Coordinates whose inner products are the kernel's values: the rows of the Cholesky factor L of the landmarks' kernel, lower
    /// triangular, of growing length; the further replies are projected onto the space that the landmarks span (Nyström).
    /// </summary>
    /// <param name="others">Further replies.</param>
    /// <param name="parallel">How much of the machine to take.</param>
    /// <returns>One row a landmark, then one a further reply.</returns>
    public float[][] Coordinates(IReadOnlyList<ReplyViews> others, ParallelOptions parallel)
    {
        var rows = new float[landmarks.Count + others.Count][];
        for (var start = 0; start < rows.Length; start += Block)
        {
            var (first, end) = (start, Math.Min(start + Block, rows.Length));
            Parallel.For(first, end, parallel, i =>
            {
                rows[i] = Row(i < landmarks.Count ? landmarks[i] : others[i - landmarks.Count])[..Math.Min(i + 1, landmarks.Count)];
                Eliminate(i, 0, Math.Min(first, landmarks.Count));
            });
            for (var i = first; i < end; i++)
            {
                Eliminate(i, Math.Min(first, landmarks.Count), Math.Min(i, landmarks.Count));
                if (i < landmarks.Count)
                    rows[i][i] = (float)Math.Sqrt(Math.Max(Jitter, rows[i][i] + Jitter - TensorPrimitives.Dot(rows[i].AsSpan(0, i), rows[i].AsSpan(0, i))));
            }
        }

        return rows;

        void Eliminate(int i, int from, int to)
        {
            for (var j = from; j < to; j++)
                rows[i][j] = (float)((rows[i][j] - TensorPrimitives.Dot(rows[i].AsSpan(0, j), rows[j].AsSpan(0, j))) / rows[j][j]);
        }
    }

    /// <summary>What weights of coordinates are as weights of <see cref="Row"/>'s values: solves Lᵀ·α = θ.</summary>
    /// <param name="coordinates">From <see cref="Coordinates"/>.</param>
    /// <param name="weights">One weight a coordinate.</param>
    public static float[] Dual(float[][] coordinates, ReadOnlySpan<float> weights)
    {
        var rest = weights.ToArray();
        var dual = new float[rest.Length];
        for (var i = rest.Length - 1; i >= 0; i--)
        {
            dual[i] = rest[i] / coordinates[i][i];
            TensorPrimitives.MultiplyAdd(coordinates[i].AsSpan(0, i), -dual[i], rest.AsSpan(0, i), rest);
        }

        return dual;
    }

    /// <summary>One view of all landmarks, found by feature.</summary>
    private sealed class View
    {
        private readonly Dictionary<int, List<int>> _holders = [];
        private readonly double[] _norms;

        public View(int[][] landmarks)
        {
            _norms = [.. landmarks.Select(features => Math.Sqrt(features.Length))];
            for (var i = 0; i < landmarks.Length; i++)
            {
                foreach (var feature in landmarks[i])
                {
                    if (!_holders.TryGetValue(feature, out var holders))
                        _holders[feature] = holders = [];

                    holders.Add(i);
                }
            }
        }

        /// <summary>Adds the cosine with each landmark; two empty sets are alike.</summary>
        public void AddCosines(int[] features, double[] sums)
        {
            var common = new int[_norms.Length];
            foreach (var feature in features)
            {
                if (!_holders.TryGetValue(feature, out var holders))
                    continue;

                foreach (var holder in holders)
                    common[holder]++;
            }

            var norm = Math.Sqrt(features.Length);
            for (var i = 0; i < sums.Length; i++)
                sums[i] += norm == 0 && _norms[i] == 0 ? 1 : common[i] == 0 ? 0 : common[i] / (norm * _norms[i]);
        }
    }
}
