using Microsoft.Playwright;
using Rlhf.Server.Tests;

namespace Rlhf.WebConsole.Tests.Feedback;

[Collection(ConsoleTests.Name)]
public sealed class FeedbackPageTests(ConsoleFixture console)
{
    [BrowserFact]
    public async Task What_is_looked_for_is_found_opened_and_exported()
    {
        var first = await console.Server.ChatAsync("A needle in a latte.");
        await console.Server.ThumbAsync((string)first["id"]!, up: true, "needle-rater");
        var page = await console.OpenAsync("/feedback");
        await page.GetByLabel("Text in prompt, reply or comment").FillAsync("NEEDLE in");
        await page.GetByLabel("Kind").SelectOptionAsync("thumbs");
        await page.Button("Search").ClickAsync();
        await page.GetByText("1 found").WaitForAsync();
        await page.GetByRole(AriaRole.Cell, new() { Name = "needle-rater" }).WaitForAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Export what is filtered" }).ClickAsync());
        var line = Assert.Single(await File.ReadAllLinesAsync((await download.PathAsync())!));
        Assert.Contains("needle-rater", line);
        await page.GetByText("Open", new() { Exact = true }).ClickAsync();
        await page.Button("Show the whole conversation").ClickAsync();
        await page.GetByText("the whole conversation as it is stored").WaitForAsync();
    }

    [BrowserFact]
    public async Task The_keyboard_searches_and_opens()
    {
        var first = await console.Server.ChatAsync("Keys find this.");
        await console.Server.ThumbAsync((string)first["id"]!, up: true, "key-rater");
        var page = await console.OpenAsync("/feedback", 390);
        await page.TabToAsync(page.GetByLabel("Rater"));
        await page.Keyboard.TypeAsync("key-rater");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("1 found").WaitForAsync();
        await page.TabToAsync(page.GetByText("Open", new() { Exact = true }).Locator("xpath=ancestor-or-self::button"));
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("as the model was shown it").WaitForAsync();
    }
}
