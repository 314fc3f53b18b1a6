using Microsoft.Playwright;
using Rlhf.Deployment.Tests;

namespace Rlhf.WebConsole.Tests;

/// <summary>The pictures of docs/console.md: with UPDATE_PICTURES=1 they are taken anew.</summary>
[Collection(ConsoleTests.Name)]
public sealed class PictureTests(ConsoleFixture console)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "images");

    [BrowserTheory]
    [InlineData("/", "chat", false)]
    [InlineData("/rate", "rate", false)]
    [InlineData("/versions", "versions", true)]
    public async Task A_page_has_its_picture(string path, string name, bool dark)
    {
        var disputed = await console.Server.ChatAsync("Could I have a mocha with almond milk?");
        await console.Server.ThumbAsync((string)disputed["id"]!, up: true, "one");
        await console.Server.ThumbAsync((string)disputed["id"]!, up: false, "two");
        var page = await console.OpenAsync(path, 1280, dark);
        if (path == "/")
        {
            await page.SayAsync("Hi, can I get a latte with oat milk?");
            await page.Button("Thumbs up").ClickAsync();
            await page.Button("helpful").WaitForAsync();
        }
        else
        {
            await page.GetByRole(AriaRole.Article).First.WaitForAsync();
        }

        var picture = await page.ScreenshotAsync(new PageScreenshotOptions { Animations = ScreenshotAnimations.Disabled });
        var file = Path.Combine(Folder, $"{name}.png");
        if (Environment.GetEnvironmentVariable("UPDATE_PICTURES") == "1")
        {
            Directory.CreateDirectory(Folder);
            await File.WriteAllBytesAsync(file, picture);
        }

        Assert.True(File.Exists(file), $"docs/images/{name}.png is missing: run the tests of the console with UPDATE_PICTURES=1.");
        Assert.Contains($"images/{name}.png", Repository.Read("docs/console.md"));
    }
}
