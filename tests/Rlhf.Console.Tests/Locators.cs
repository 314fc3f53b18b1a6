using Microsoft.Playwright;

namespace Rlhf.WebConsole.Tests;

/// <summary>Parts of pages by what a person, or a screen reader, calls them.</summary>
internal static class Locators
{
    public static ILocator Button(this IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Heading(this IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    public static ILocator Article(this IPage page, string name) => page.GetByRole(AriaRole.Article, new() { Name = name, Exact = true });

    public static ILocatorAssertions Should(this ILocator locator) => Assertions.Expect(locator);

    /// <summary>Moves the focus on by Tab until it is there.</summary>
    public static async Task TabToAsync(this IPage page, ILocator target)
    {
        await target.WaitForAsync();
        for (var i = 0; i < 60; i++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }

            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"No number of Tabs leads to {target}.");
    }

    /// <summary>Sends a message and waits for the whole reply.</summary>
    public static async Task SayAsync(this IPage page, string text)
    {
        await page.GetByLabel("Message", new() { Exact = true }).FillAsync(text);
        await page.Button("Send").ClickAsync();
        await page.Article("Reply").Last.Should().ToHaveAttributeAsync("aria-busy", "false");
    }
}
