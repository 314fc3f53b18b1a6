using Microsoft.Playwright;
using Rlhf.Server.Tests;

namespace Rlhf.WebConsole.Tests.Raters;

[Collection(ConsoleTests.Name)]
public sealed class RatersPageTests(ConsoleFixture console)
{
    [BrowserTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task A_rater_is_quarantined_with_a_reason_and_released(int width)
    {
        var rater = $"doubtful-{width}";
        await console.Server.ThumbAsync((string)(await console.Server.ChatAsync("Doubt."))["id"]!, up: true, rater);
        var page = await console.OpenAsync("/raters", width);
        var shown = page.Article($"Rater {rater}");
        await page.TabToAsync(shown.GetByRole(AriaRole.Button, new() { Name = "Quarantine" }));
        await page.Keyboard.PressAsync("Enter");
        await page.TabToAsync(page.GetByLabel("Reason"));
        await page.Keyboard.TypeAsync("It presses anything.");
        await page.GetByLabel("Reason").Should().ToHaveValueAsync("It presses anything.");
        await page.Keyboard.PressAsync("Enter");
        await shown.GetByText("It presses anything.").WaitForAsync();
        await shown.GetByText("in quarantine").WaitForAsync();
        await shown.GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
        await shown.GetByText("in quarantine").Should().ToHaveCountAsync(0);
        Assert.Empty(ConsoleFixture.Errors(page));
    }
}
