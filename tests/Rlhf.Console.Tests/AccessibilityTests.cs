using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Rlhf.Server.Tests;

namespace Rlhf.WebConsole.Tests;

[Collection(ConsoleTests.Name)]
public sealed class AccessibilityTests(ConsoleFixture console)
{
    public static TheoryData<string, string, int, bool> Pages()
    {
        var pages = new TheoryData<string, string, int, bool>();
        foreach (var (path, heading) in ((string, string)[])[("/chat/{0}", "Chat"), ("/learn", "Learn"), ("/versions", "Versions"), ("/feedback", "Feedback"), ("/rate", "Rate"), ("/raters", "Raters"), ("/operate", "Operate"), ("/start", "Start"), ("/sign-in", "Rlhf.Orleans")])
        {
            pages.Add(path, heading, 1280, false);
            pages.Add(path, heading, 390, true);
        }

        return pages;
    }

    [BrowserTheory]
    [MemberData(nameof(Pages))]
    public async Task Axe_finds_no_serious_violation(string path, string heading, int width, bool dark)
    {
        var reply = await console.Server.ChatAsync("Seen by axe.", ("user", "operator"));
        await console.Server.ThumbAsync((string)reply["id"]!, up: true, "operator");
        var page = await console.OpenAsync(path.Replace("{0}", (string)reply["conversation_id"]!), width, dark);
        await page.Heading(heading).WaitForAsync();
        if (path == "/feedback")
        {
            await page.Button("Search").WaitForAsync();
            await page.GetByRole(AriaRole.Table).WaitForAsync();
        }
        else if (path.StartsWith("/chat", StringComparison.Ordinal))
        {
            await page.Button("Thumbs up").WaitForAsync();
        }

        var found = await page.RunAxe();
        var serious = found.Violations.Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{violation.Id}: {violation.Help}\n  {string.Join("\n  ", violation.Nodes.Take(4).Select(node => $"{node.Html} {string.Join(" ", node.Any.Select(check => check.Message))}"))}");
        Assert.True(!serious.Any(), string.Join("\n", serious));
    }
}
