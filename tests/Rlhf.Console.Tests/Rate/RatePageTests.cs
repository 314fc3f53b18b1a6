using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Rlhf.Server.Tests;

namespace Rlhf.WebConsole.Tests.Rate;

[Collection(ConsoleTests.Name)]
public sealed class RatePageTests(ConsoleFixture console)
{
    [BrowserFact]
    public async Task Keys_alone_judge_skip_correct_and_undo()
    {
        var replies = new List<JsonNode>();
        for (var i = 0; i < 3; i++)
        {
            replies.Add(await console.Server.ChatAsync($"Queued {i}."));
        }

        await console.Server.ThumbAsync((string)replies[0]["id"]!, up: true, "one");
        await console.Server.ThumbAsync((string)replies[0]["id"]!, up: false, "two");
        var page = await console.OpenAsync("/rate");
        await page.GetByText("Raters disagree on this reply.").WaitForAsync();
        await page.GetByText("Queued 0.").WaitForAsync();
        await page.Keyboard.PressAsync("1");
        await page.GetByText("1 judged").WaitForAsync();
        Assert.Equal("up", await ThumbOfAsync(replies[0]));
        await page.Keyboard.PressAsync("u");
        await page.GetByText("0 judged").WaitForAsync();
        await page.GetByText("Queued 0.").WaitForAsync();
        Assert.Null(await ThumbOfAsync(replies[0]));
        await page.Keyboard.PressAsync("c");
        await page.GetByLabel("The reply as it should have been").FillAsync("Gladly!");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("1 judged").WaitForAsync();
        await page.GetByText("Queued 0.").Should().ToHaveCountAsync(0);
        Assert.Empty(ConsoleFixture.Errors(page));
    }

    [BrowserFact]
    public async Task By_mouse_on_a_phone_a_reply_is_judged()
    {
        var reply = await console.Server.ChatAsync("Queued for a phone.");
        await console.Server.ThumbAsync((string)reply["id"]!, up: true, "one");
        await console.Server.ThumbAsync((string)reply["id"]!, up: false, "two");
        var page = await console.OpenAsync("/rate", 390);
        await page.GetByText("Queued for a phone.").WaitForAsync();
        await page.Button("Bad (2)").ClickAsync();
        await page.GetByText("1 judged").WaitForAsync();
        Assert.Equal("down", await ThumbOfAsync(reply));
    }

    private async Task<string?> ThumbOfAsync(JsonNode reply) =>
        (string?)(await console.Server.GetAsync($"v1/conversations/{reply["conversation_id"]}")).Body["turns"]![0]!["thumbs"]!.AsArray().FirstOrDefault(thumb => (string)thumb!["rater"]! == "operator")?["thumbs"];
}
