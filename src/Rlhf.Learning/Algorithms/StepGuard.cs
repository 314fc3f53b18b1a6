namespace Rlhf.Learning.Algorithms;

/// <summary>Counts steps that were dropped because a loss, a gradient or a score was no finite number; too many in a row end the run.</summary>
public sealed class StepGuard
{
    private const int MostInARow = 3;

    /// <summary>Goes on counting from <paramref name="dropped"/>, the last <paramref name="inARow"/> of them one after another.</summary>
    public StepGuard(int dropped = 0, int inARow = 0)
    {
        Dropped = dropped;
        InARow = inARow;
    }

    /// <summary>Steps dropped so far.</summary>
    public int Dropped { get; private set; }

    /// <summary>Steps dropped since the last good one.</summary>
    public int InARow { get; private set; }

    /// <summary>True when the step may be taken; otherwise it is counted as dropped.</summary>
    /// <param name="step">Names the step in the error.</param>
    /// <param name="figures">Everything the step rests on.</param>
    /// <exception cref="NonFiniteTrainingException">Three steps in a row were dropped.</exception>
    public bool Allows(string step, params ReadOnlySpan<double> figures)
    {
        foreach (var figure in figures)
        {
            if (double.IsFinite(figure))
                continue;

            Dropped++;
            if (++InARow >= MostInARow)
                throw new NonFiniteTrainingException($"{step}: {InARow} steps in a row had a figure of {figure}; {Dropped} were dropped in all. The last checkpoint is good: lower the learning rate, or look for broken data.");

            return false;
        }

        InARow = 0;
        return true;
    }
}

/// <summary>Training stopped because its figures were no finite numbers any more. What was checkpointed before is good.</summary>
/// <param name="message">Which step, and how often.</param>
public sealed class NonFiniteTrainingException(string message) : Exception(message);
