namespace Rlhf.Learning.Algorithms;

/// <summary>Counts steps that were dropped because a loss or a gradient was NaN or infinity, and, apart from them, replies that were dropped because their score
/// was. Three steps in a row end the run.</summary>
/// <param name="droppedSteps">Goes on counting steps from here.</param>
/// <param name="inARow">So many of them came last, one after another.</param>
/// <param name="droppedScores">Goes on counting scores from here.</param>
public sealed class StepGuard(int droppedSteps = 0, int inARow = 0, int droppedScores = 0)
{
    private const int MostInARow = 3;

    /// <summary>Steps dropped so far.</summary>
    public int DroppedSteps { get; private set; } = droppedSteps;

    /// <summary>Steps dropped since the last good one.</summary>
    public int InARow { get; private set; } = inARow;

    /// <summary>Replies dropped so far because their score was not finite.</summary>
    public int DroppedScores { get; private set; } = droppedScores;

    /// <summary>Counts replies that are left out of an iteration because their score is not finite.</summary>
    public void CountDroppedScores(int count) => DroppedScores += count;

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

            DroppedSteps++;
            if (++InARow >= MostInARow)
                throw new NonFiniteTrainingException($"{step}: {InARow} steps in a row had a figure of {figure}; {DroppedSteps} were dropped in all. The last checkpoint is good: lower the learning rate, or look for broken data.");
            return false;
        }

        InARow = 0;
        return true;
    }
}

/// <summary>Training stopped because its figures were NaN or infinity. What was checkpointed before is good.</summary>
/// <param name="message">Which step, and how often.</param>
public sealed class NonFiniteTrainingException(string message) : Exception(message);
