using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Rlhf.WebConsole.Tests.Chat;

[Collection(ConsoleTests.Name)]
public sealed class ChatTests(ConsoleFixture console)
{
    [BrowserTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task By_mouse_one_chats_presses_a_thumb_with_a_reason_rates_and_corrects(int width)
    {
        var page = await console.OpenAsync("/", width);
        await page.SayAsync($"A latte, please. {width}");
        await page.Button("Thumbs down").ClickAsync();
        await page.Button("too long").ClickAsync();
        await page.Button("too long").Should().ToHaveAttributeAsync("aria-pressed", "true");
        await page.Button("4 of 5 stars").ClickAsync();
        await page.Button("4 of 5 stars").Should().ToHaveAttributeAsync("aria-pressed", "true");
        await page.Button("Correct").ClickAsync();
        await page.GetByLabel("The reply as it should have been").FillAsync("Here you are.");
        await page.Button("Save correction").ClickAsync();
        await page.GetByText("Corrected to:").WaitForAsync();
        var said = (await LastAsync($"A latte, please. {width}"))[0]!["feedback"]!.AsArray().ToDictionary(each => (string)each!["kind"]!);
        Assert.Equal(("down", "too long", 4, "Here you are."), ((string)said["thumbs"]!["thumbs"]!, (string)said["thumbs"]!["tags"]![0]!, (int)said["rating"]!["rating"]!, (string)said["correction"]!["correction"]!));
        await page.Button("Thumbs down").ClickAsync();
        await page.Button("Thumbs down").Should().ToHaveAttributeAsync("aria-pressed", "false");
        Assert.DoesNotContain((await LastAsync($"A latte, please. {width}"))[0]!["feedback"]!.AsArray(), each => (string)each!["kind"]! == "thumbs");
        Assert.Empty(ConsoleFixture.Errors(page));
    }

    [BrowserFact]
    public async Task By_keyboard_alone_one_chats_and_presses_a_thumb()
    {
        var page = await console.OpenAsync("/");
        await page.TabToAsync(page.GetByLabel("Message", new() { Exact = true }));
        await page.Keyboard.TypeAsync("A tea by keyboard.");
        await page.Keyboard.PressAsync("Enter");
        await page.Article("Reply").Should().ToHaveAttributeAsync("aria-busy", "false");
        Assert.Equal("", await page.GetByLabel("Message", new() { Exact = true }).InputValueAsync());
        await page.TabToAsync(page.Button("Thumbs up"));
        await page.Keyboard.PressAsync("Enter");
        await page.Button("Thumbs up").Should().ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Equal("up", (string)(await LastAsync("A tea by keyboard."))[0]!["thumbs"]![0]!["thumbs"]!);
    }

    [BrowserFact]
    public async Task A_regenerated_reply_stands_beside_the_old_one_which_keeps_the_signal()
    {
        var page = await console.OpenAsync("/");
        await page.SayAsync("A mocha, again and again.");
        var first = await page.Article("Reply").InnerTextAsync();
        await page.Button("Regenerate").ClickAsync();
        await page.GetByText("2 of 2").WaitForAsync();
        await page.Button("Reply before").ClickAsync();
        await page.GetByText("1 of 2").WaitForAsync();
        Assert.Equal(first, await page.Article("Reply").InnerTextAsync());
        var turns = await LastAsync("A mocha, again and again.");
        Assert.Equal(2, turns.Count);
        Assert.Equal("regenerated", (string)turns[0]!["feedback"]![0]!["signal"]!["name"]!);
    }

    [BrowserTheory]
    [InlineData("1", 2)]
    [InlineData("3", 1)]
    public async Task Two_drafts_are_decided_by_a_key(string key, int places)
    {
        var page = await console.OpenAsync("/");
        await page.Button("Settings of replies").ClickAsync();
        await page.GetByLabel("Two drafts side by side").CheckAsync();
        await page.Button("Close settings").ClickAsync();
        var said = $"Two drafts, decided by {key}.";
        await page.GetByLabel("Message", new() { Exact = true }).FillAsync(said);
        await page.Button("Send").ClickAsync();
        await page.Button("Tie (3)").WaitForAsync();
        await page.Heading("Chat").ClickAsync(); // out of the field
        await page.Keyboard.PressAsync(key);
        await page.GetByText("Recorded:").First.WaitForAsync();
        var ranking = (await LastAsync(said)).SelectMany(turn => turn!["feedback"]!.AsArray()).First(each => (string)each!["kind"]! == "comparison")!["ranking"]!.AsArray();
        Assert.Equal(places, ranking.Count);
        Assert.Equal(2, ranking.Sum(place => place!.AsArray().Count));
    }

    [BrowserFact]
    public async Task An_earlier_conversation_is_opened_from_the_list()
    {
        var page = await console.OpenAsync("/");
        await page.SayAsync("Remember this one.");
        await page.Button("New chat").ClickAsync();
        await page.Article("Reply").Should().ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Conversations" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await page.GetByText("Remember this one.").WaitForAsync();
        await page.Button("Thumbs up").WaitForAsync();
    }

    /// <summary>The turns of the newest conversation that begins with a text.</summary>
    private async Task<JsonArray> LastAsync(string text)
    {
        var list = (await console.Server.GetAsync("v1/conversations?user=operator&limit=20")).Body["data"]!.AsArray();
        foreach (var item in list)
        {
            var turns = (await console.Server.GetAsync($"v1/conversations/{item!["id"]}")).Body["turns"]!.AsArray();
            if (turns.Count > 0 && (string)turns[0]!["messages"]!.AsArray()[^1]!["content"]! == text)
            {
                return turns;
            }
        }

        throw new Xunit.Sdk.XunitException($"No conversation begins with '{text}'.");
    }
}
