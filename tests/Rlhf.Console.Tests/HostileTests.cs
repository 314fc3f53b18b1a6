using Microsoft.Playwright;
using Rlhf.Server.Tests;

namespace Rlhf.WebConsole.Tests;

/// <summary>What people and models write is text, whatever it looks like.</summary>
[Collection(ConsoleTests.Name)]
public sealed class HostileTests(ConsoleFixture console)
{
    private const string Markup = "<script>window.hacked=1</script><img src=x onerror=window.hacked=2><a href=javascript:window.hacked=3>click</a> [me](javascript:window.hacked=4) ![p](https://evil.example/p.png) \u202Etxet";

    [BrowserFact]
    public async Task Markup_scripts_and_overrides_are_shown_as_text_on_every_page_that_shows_them()
    {
        var reply = await console.Server.ChatAsync(Markup);
        var id = (string)reply["id"]!;
        foreach (var said in (object[])[new { completion_id = id, rater = "operator", correction = "<img src=x onerror=window.hacked=5> [a](javascript:window.hacked=6)" }, new { completion_id = id, rater = Markup[..60], report = Markup }])
        {
            var (status, body) = await console.Server.PostAsync("v1/feedback", said);
            Assert.True(status == 200, body.ToString());
        }

        foreach (var path in (string[])[$"/chat/{reply["conversation_id"]}", "/feedback"])
        {
            var page = await console.OpenAsync(path);
            await page.GetByText("window.hacked=1").First.WaitForAsync();
            if (path == "/feedback")
            {
                await page.GetByText("Open", new() { Exact = true }).First.ClickAsync();
                await page.GetByText("as the model was shown it").WaitForAsync();
            }

            Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.hacked"));
            Assert.Equal(0, await page.Locator("main img, main script, .mud-drawer img, a[href^=javascript]").CountAsync());
            Assert.Empty(ConsoleFixture.Errors(page));
        }
    }

    [BrowserTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task A_long_text_without_a_space_does_not_widen_the_page(int width)
    {
        var reply = await console.Server.ChatAsync("Long.", ("user", "operator"));
        await console.Server.PostAsync("v1/feedback", new { completion_id = (string)reply["id"]!, rater = "operator", correction = new string('w', 120) });
        var page = await console.OpenAsync($"/chat/{reply["conversation_id"]}", width);
        await page.GetByText("Corrected to:").WaitForAsync();
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }
}
