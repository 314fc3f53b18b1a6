using Microsoft.Playwright;

namespace Rlhf.WebConsole.Tests.Operate;

[Collection(ConsoleTests.Name)]
public sealed class OperatePageTests(ConsoleFixture console)
{
    [BrowserTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task Health_what_operators_did_and_settings_are_shown(int width)
    {
        await console.Server.PostAsync("v1/learner/train", new { });
        var page = await console.OpenAsync("/operate", width);
        await page.GetByText("This process is ready").WaitForAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Audit" }).ClickAsync();
        await page.GetByText("POST /v1/learner/train").First.WaitForAsync();
        await page.TabToAsync(page.GetByRole(AriaRole.Tab, new() { Name = "Audit" }));
        await page.GetByRole(AriaRole.Tab, new() { Name = "Settings" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Name of a setting").FillAsync("maxtokens");
        await page.GetByRole(AriaRole.Cell, new() { Name = "Chat:MaxTokens" }).WaitForAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Cell, new() { Name = "Chat:Temperature" }).CountAsync());
    }
}
