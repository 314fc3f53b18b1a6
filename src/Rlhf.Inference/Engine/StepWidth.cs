using System.Numerics;

namespace Rlhf.Inference;

/// <summary>
/// Whether a step is walked by all threads or by one. All threads are faster while each has a core; where they have to share their cores
/// with others, every meeting waits for whoever is not running, and one thread alone gets further. So the time of steps is watched, apart for
/// small and large ones, and from time to time the other way is tried. A step that was held up once says nothing of either way and
/// hardly counts. Replies are the same bits either way.
/// </summary>
internal sealed class StepWidth(int threads)
{
    // The first of them wakes threads or finds cold caches.
    private const int TrialSteps = 6;
    private const int FirstInterval = 32;
    private const int LongestInterval = 1024;
    private const double Weight = 0.1;

    // A step that took longer counts as one that took so many times the usual.
    private const double Longest = 2;

    private readonly Size[] _sizes = [.. Enumerable.Range(0, 32).Select(_ => new Size())];

    /// <summary>Threads for the next step of so many rows.</summary>
    public int Choose(int rows) => threads == 1 || !_sizes[BitOperations.Log2((uint)rows)].All ? 1 : threads;

    /// <summary>Takes note of how long a step took.</summary>
    public void Learn(int rows, double seconds) => _sizes[BitOperations.Log2((uint)rows)].Learn(seconds);

    private sealed class Size
    {
        // What a step usually takes, by one thread and by all.
        private readonly double[] _usual = [double.PositiveInfinity, double.PositiveInfinity];
        private readonly double[] _trial = new double[TrialSteps - 1];
        private int _interval = FirstInterval;
        private int _stepsToTrial = FirstInterval;
        private int _trialStep = -1;

        /// <summary>What the next step does, trials included.</summary>
        public bool All { get; private set; } = true;

        public void Learn(double seconds)
        {
            ref double usual = ref _usual[All ? 1 : 0];
            if (_trialStep < 0)
            {
                usual = double.IsPositiveInfinity(usual) ? seconds : usual + (Weight * (Math.Min(seconds, Longest * usual) - usual));
                if (--_stepsToTrial > 0)
                    return;
                All = !All;
                _trialStep = 0;
                return;
            }

            if (_trialStep > 0)
                _trial[_trialStep - 1] = seconds;
            if (++_trialStep < TrialSteps)
                return;
            Array.Sort(_trial);
            usual = _trial[_trial.Length / 2];
            _trialStep = -1;
            bool better = usual < _usual[All ? 0 : 1];
            _interval = better ? FirstInterval : Math.Min(2 * _interval, LongestInterval);
            _stepsToTrial = _interval;
            All = better == All;
        }
    }
}
