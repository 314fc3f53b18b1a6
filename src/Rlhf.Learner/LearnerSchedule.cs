using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learner;

/// <summary>When the learner trains, and on how much. Section <c>Learner</c> of the configuration, beside the
/// training's own options.</summary>
public sealed class LearnerSchedule : IValidatableObject
{
    /// <summary>Whether anything is trained here at all.</summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>A job starts when there are this many thumbs, or statements of other kinds that train, more than at the last: one of each kind for each rater of
    /// each reply; 0 leaves that trigger out.</summary>
    /// <value>The default value is 200.</value>
    [Range(0, int.MaxValue)]
    public int TriggerThumbs { get; set; } = 200;

    /// <summary>A job starts when this time has passed and there is new feedback; zero leaves that trigger out.</summary>
    /// <value>The default value is 1 hour; the least is 1 minute.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The fewest thumbs of each kind, up and down, that a job starts with; or comparisons and corrections, or half of the ratings.</summary>
    /// <value>The default value is 4.</value>
    [Range(1, 1_000_000)]
    public int LeastOfEach { get; set; } = 4;

    /// <summary>The most thumbs and other statements that a job learns from; the newest count.</summary>
    /// <value>The default value is 20,000.</value>
    [Range(1, 10_000_000)]
    public int MostThumbs { get; set; } = 20_000;

    /// <summary>The most that one rater's statements, of all kinds together, may be of those that a job learns from, from twice as many raters on as make it up (ten); which of them
    /// count is drawn. What operators imported is not cut.</summary>
    /// <value>The default value is 0.2.</value>
    [Range(0.001, 1)]
    public double MostOfOneRater { get; set; } = 0.2;

    /// <summary>The most recent prompts that a job's policy practises on.</summary>
    /// <value>The default value is 1,024.</value>
    [Range(1, 1_000_000)]
    public int MostPrompts { get; set; } = 1024;

    /// <summary>What the seeds of the jobs are derived from.</summary>
    /// <value>The default value is 1.</value>
    public long Seed { get; set; } = 1;

    /// <summary>How often a process that learns asks whether a job was left behind by one that is gone.</summary>
    /// <value>The default value is 15 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan WakeEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a job waits, in all, for a component of the reward, or an AI judge that labels, that doesn't answer; then it fails. It tries again sixty times meanwhile
    /// and goes on from its last checkpoint. What no waiting can mend, such as a wrong key, fails at once.</summary>
    /// <value>The default value is 30 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00", ErrorMessage = "RewardPatience must be from 00:00:00 to 30.00:00:00.")]
    public TimeSpan RewardPatience { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The folder of the jobs' checkpoints, where several learners share one: the next goes on from the last
    /// checkpoint of the one that is gone. Without it, it begins the job anew.</summary>
    /// <value>The default value is <see langword="null"/>: <c>jobs</c> in the data folder.</value>
    public string? JobsFolder { get; set; }

    /// <summary>The most seconds that a job may run, those aside in which it is held; one that needs more ends without a version. 0 for any number.</summary>
    /// <value>The default value is 0.</value>
    [Range(0, 31_536_000.0)]
    public double JobBudget { get; set; }

    /// <summary>When jobs may run, such as <c>22:00-06:00</c> (UTC) or <c>22:00-06:00,12:00-13:00 Europe/Berlin</c>. A job that is not through when they end goes on when they begin
    /// again.</summary>
    /// <value>The default value is <see langword="null"/>: at any time.</value>
    public string? Hours { get; set; }

    /// <summary>A reminder comes at most once a minute; hours are of <see cref="TrainingHours.Form"/>.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval != TimeSpan.Zero && Interval < TimeSpan.FromMinutes(1))
        {
            yield return new ValidationResult($"The field Interval must be 0, for never, or at least 00:01:00, not {Interval}.", [nameof(Interval)]);
        }

        if (WrongHours() is { } wrong)
        {
            yield return new ValidationResult($"The field Hours is wrong: {wrong}", [nameof(Hours)]);
        }
    }

    private string? WrongHours()
    {
        try
        {
            TrainingHours.Parse(Hours);
            return null;
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }
}
