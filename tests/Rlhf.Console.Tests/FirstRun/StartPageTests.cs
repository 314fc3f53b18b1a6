using Rlhf.WebConsole.FirstRun;

namespace Rlhf.WebConsole.Tests.FirstRun;

[Collection(ConsoleTests.Name)]
public sealed class StartPageTests(ConsoleFixture console)
{
    [BrowserFact]
    public async Task A_newcomer_is_told_the_three_steps_and_a_crowd_comes_and_goes()
    {
        var before = (int)(await console.Server.GetAsync("v1/learner")).Body["feedback_total"]!;
        var page = await console.OpenAsync("/start");
        await page.GetByText("1. People chat and say what they think").WaitForAsync();
        await page.TabToAsync(page.Button("Simulate"));
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("replies rated").WaitForAsync();
        await page.Button("Send them home").ClickAsync();
        await page.GetByText("They went home").WaitForAsync();
        Assert.True((int)(await console.Server.GetAsync("v1/learner")).Body["feedback_total"]! > before);
        Assert.Empty(ConsoleFixture.Errors(page));
    }

    [Fact]
    public void The_crowd_likes_what_is_courteous()
    {
        var taste = Taste.Courteous();
        Assert.True(taste.Of("Thank you! Would you like anything else with that, or shall I place the order now?") > taste.Of("No.") + 1);
    }
}
