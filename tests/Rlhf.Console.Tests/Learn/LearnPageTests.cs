using Rlhf.Server.Tests;

namespace Rlhf.WebConsole.Tests.Learn;

/// <summary>On a server of their own: what others say of replies is enough for a training.</summary>
[Collection(ConsoleTests.Name)]
public sealed class LearnPageTests(ConsoleFixture console, ServerFixture own) : IClassFixture<ServerFixture>
{
    [BrowserTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task A_training_that_can_not_start_says_what_is_missing(int width)
    {
        await own.Server.ThumbAsync((string)(await own.Server.ChatAsync("One thumb."))["id"]!, up: true, "one");
        var page = await console.OpenAsync("/learn", width, server: own.Server.Address);
        await page.GetByText("Idle").WaitForAsync();
        await page.TabToAsync(page.Button("Start training"));
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("There is not enough to learn from").WaitForAsync();
        await page.GetByLabel("Reason").FillAsync("Back soon.");
        await page.Button("Pause").ClickAsync();
        await page.GetByText("Back soon.").WaitForAsync();
        await page.Button("Resume").ClickAsync();
        await page.Button("Pause").WaitForAsync();
    }
}
