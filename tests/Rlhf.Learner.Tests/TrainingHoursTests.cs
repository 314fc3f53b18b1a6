using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Rlhf.Learner.Tests;

public sealed class TrainingHoursTests
{
    [Theory]
    [InlineData("22:00-06:00", "2026-07-01T22:00Z", true)]
    [InlineData("22:00-06:00", "2026-07-01T05:59Z", true)]
    [InlineData("22:00-06:00", "2026-07-01T06:00Z", false)]
    [InlineData("22:00-06:00", "2026-07-01T21:59Z", false)]
    [InlineData("22:00-06:00", "2026-07-01T23:30+02:00", false)]
    [InlineData("09:00-12:00,13:00-17:00", "2026-07-01T12:30Z", false)]
    [InlineData("09:00-12:00,13:00-17:00", "2026-07-01T13:00Z", true)]
    [InlineData("22:00-06:00 Europe/Berlin", "2026-07-01T20:00Z", true)] // summer time
    [InlineData("22:00-06:00 Europe/Berlin", "2026-01-01T20:00Z", false)]
    [InlineData("22:00-06:00 Europe/Berlin", "2026-01-01T21:00Z", true)]
    public void They_hold_in_their_time_zone_and_over_midnight(string hours, string at, bool holds) =>
        Assert.Equal(holds, TrainingHours.Parse(hours)!.Hold(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("22-6")]
    [InlineData("22:00")]
    [InlineData("25:00-06:00")]
    [InlineData("06:00-06:00")]
    [InlineData("22:00-06:00,")]
    [InlineData("22:00-06:00 Nowhere/Land")]
    public void What_is_no_time_to_train_is_refused_with_what_would_be_right(string hours)
    {
        var schedule = new LearnerSchedule { Hours = hours };
        var error = Assert.Single(schedule.Validate(new ValidationContext(schedule)));
        Assert.Contains("Hours", error.ErrorMessage);
        Assert.Contains("Europe/Berlin", error.ErrorMessage);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_hours_any_is_good(string? hours) => Assert.Null(TrainingHours.Parse(hours));
}
