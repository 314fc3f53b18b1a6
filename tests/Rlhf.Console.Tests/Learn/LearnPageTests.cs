namespace Rlhf.WebConsole.Tests.Learn;

[Collection(ConsoleTests.Name)]
public sealed class LearnPageTests(ConsoleFixture console)
{
    [BrowserTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task A_training_that_can_not_start_says_what_is_missing(int width)
    {
        var page = await console.OpenAsync("/learn", width);
        await page.GetByText("Idle").WaitForAsync();
        await page.TabToAsync(page.Button("Start training"));
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("There is not enough to learn from").WaitForAsync();
    }
}
