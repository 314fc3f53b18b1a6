using System.Numerics;

namespace Rlhf.Inference;

/// <summary>
/// Whether a step is walked by all threads or by one. All threads are faster while each has a core; where they have to share their cores
/// with others, every meeting waits for whoever is not running, and one thread alone gets further. So the time of steps is watched, apart for
/// small and large ones, and from time to time the other way is tried. Replies are the same bits either way.
/// </summary>
internal sealed class StepWidth(int threads)
{
    private const int TrialSteps = 4;
    private const int FirstInterval = 32;
    private const int LongestInterval = 1024;
    private const double Weight = 0.1;

    private readonly Size[] _sizes = [.. Enumerable.Range(0, 32).Select(_ => new Size())];

    /// <summary>Threads for the next step of so many rows.</summary>
    public int Choose(int rows) => threads == 1 || !_sizes[BitOperations.Log2((uint)rows)].All ? 1 : threads;

    /// <summary>Takes note of how long a step took.</summary>
    public void Learn(int rows, double seconds) => _sizes[BitOperations.Log2((uint)rows)].Learn(seconds);

    private sealed class Size
    {
        private readonly double[] _mean = [double.PositiveInfinity, double.PositiveInfinity];
        private int _interval = FirstInterval;
        private int _stepsToTrial = FirstInterval;
        private int _trialStep = -1;
        private double _trialSum;

        /// <summary>What the next step does, trials included.</summary>
        public bool All { get; private set; } = true;

        public void Learn(double seconds)
        {
            ref double mean = ref _mean[All ? 1 : 0];
            if (_trialStep < 0)
            {
                mean = double.IsPositiveInfinity(mean) ? seconds : mean + (Weight * (seconds - mean));
                if (--_stepsToTrial > 0)
                    return;
                All = !All;
                _trialStep = 0;
                _trialSum = 0;
                return;
            }

            // A trial's first step wakes threads or finds cold caches.
            if (_trialStep++ > 0)
                _trialSum += seconds;
            if (_trialStep < TrialSteps)
                return;
            mean = _trialSum / (TrialSteps - 1);
            _trialStep = -1;
            bool better = mean < _mean[All ? 0 : 1];
            _interval = better ? FirstInterval : Math.Min(2 * _interval, LongestInterval);
            _stepsToTrial = _interval;
            All = better == All;
        }
    }
}
