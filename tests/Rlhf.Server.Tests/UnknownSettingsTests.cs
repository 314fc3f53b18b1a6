using System.ComponentModel.DataAnnotations;

namespace Rlhf.Server.Tests;

public sealed class UnknownSettingsTests
{
    [Theory]
    [InlineData("Learner:TrigerThumbs=5", "Learner:TriggerThumbs")]
    [InlineData("Learner:Ppo:LerningRate=0.1", "Learner:Ppo:LearningRate")]
    [InlineData("Feedback:PerMinut=5", "Feedback:PerMinute")]
    [InlineData("Keys:Configured:0:Cient=app", "Keys:Configured:0:Client")]
    [InlineData("Serving:Threds=2", "Serving:Threads")]
    [InlineData("Retention:Turn=30.00:00:00", "Retention:Turns")]
    [InlineData("Role=serving", "Roles")]
    [InlineData("Learnr:TriggerThumbs=5", "Learner")]
    [InlineData("Cors:Origin=https://a.example", "Cors:Origins")]
    [InlineData("Storage:Provder=sqlite", "Storage:Provider")]
    [InlineData("Moderation:WhenUnavailabel=Allow", "Moderation:WhenUnavailable")]
    [InlineData("Learner:TriggerThumbs:x=3", "Learner:TriggerThumbs")]
    [InlineData("Urls:Foo=3", "Urls")]
    [InlineData("Roles:0=api", "Roles")]
    public async Task A_misspelt_setting_is_refused_with_the_nearest(string setting, string nearest)
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        var error = await Assert.ThrowsAnyAsync<ValidationException>(() => RunningServer.StartAsync(folder.Path, $"--{setting}"));
        Assert.Contains($"'{setting.Split('=')[0]}'", error.Message);
        Assert.Contains($"'{nearest}'", error.Message);
    }

    [Theory]
    [InlineData("Turns")]
    [InlineData("Feedback")]
    [InlineData("Every")]
    public async Task What_would_be_kept_for_less_than_a_minute_is_refused(string setting)
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        var error = await Assert.ThrowsAnyAsync<ValidationException>(() => RunningServer.StartAsync(folder.Path, $"--Retention:{setting}=00:00:59"));
        Assert.Contains($"The field {setting} must be at least 00:01:00", error.Message);
    }

    [Fact]
    public async Task Settings_that_are_read_are_known_however_they_are_written()
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        await using var server = await RunningServer.StartAsync(
            folder.Path, "--learner:triggerthumbs=5", "--Learner:Ppo:Iterations=3", "--Feedback:Annotators:0=ann", "--Learner:MostOfOneRater=0.5", "--Retention:Turns=30.00:00:00", "--Retention:Feedback=365.00:00:00");
        Assert.Equal(200, (await server.GetAsync("v1/learner")).Status);
    }
}
