using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Inference.Tests;
using Rlhf.Storage;

namespace Rlhf.WebConsole.Tests.Versions;

[Collection(ConsoleTests.Name)]
public sealed class VersionsPageTests(ConsoleFixture console)
{
    [BrowserFact]
    public async Task A_version_is_promoted_and_rolled_back_with_a_reason_by_keyboard_alone()
    {
        await PublishAsync("v900"); // a training of another test may make v1
        var page = await console.OpenAsync("/versions");
        var version = page.Article("Version v900");
        await version.GetByText("live", new() { Exact = true }).Or(version.GetByText("canary", new() { Exact = true })).WaitForAsync();
        await page.TabToAsync(version.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Roll back" }));
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Reason").WaitForAsync();
        await page.TabToAsync(page.GetByLabel("Reason"));
        await page.Keyboard.TypeAsync("It is rude.");
        await page.Keyboard.PressAsync("Enter");
        await version.GetByText("rolled back", new() { Exact = true }).WaitForAsync();
        await page.Article("Version base").GetByText("live", new() { Exact = true }).WaitForAsync();
        Assert.Empty(ConsoleFixture.Errors(page));
    }

    /// <summary>Makes a version without any training.</summary>
    private async Task PublishAsync(string version)
    {
        var services = console.Server.Services;
        var model = services.GetRequiredService<BaseModel>();
        var adapters = services.GetRequiredService<IAdapterStore>();
        await adapters.SaveAsync(version, TestModels.Adapter(model.Config, rank: 2, seed: 1).ToBytes(), (await adapters.ClaimAsync(version)).Token);
        var catalog = services.GetRequiredService<IGrainFactory>().GetGrain<IModelCatalogGrain>("demo");
        await catalog.AnnounceAsync(version, ModelCatalog.Base, new VersionLineage("job-1", 0, 1, model.Fingerprint, "{}"));
        await catalog.PublishAsync(version);
    }
}
