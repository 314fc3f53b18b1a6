using Microsoft.Playwright;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.WebConsole.Tests;

/// <summary>One browser and one server without keys for all tests.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The server.</summary>
    public RunningServer Server { get; private set; } = null!;

    /// <summary>Opens a page in a browser of its own memory.</summary>
    /// <param name="path">What to open.</param>
    /// <param name="width">The window's width: 1280 is a desk's, 390 a phone's.</param>
    /// <param name="dark">Whether the system asks for dark colours.</param>
    /// <param name="server">The server; null for the one without keys.</param>
    public async Task<IPage> OpenAsync(string path, int width = 1280, bool dark = false, Uri? server = null)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = (server ?? Server.Address).ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = width < 600 ? 844 : 800 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            AcceptDownloads = true,
        });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        page.Console += (_, message) => _ = message.Type == "error" ? Errors(page).Add(message.Text) : false;
        page.PageError += (_, error) => Errors(page).Add(error);
        await page.GotoAsync(path);
        return page;
    }

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<IPage, HashSet<string>> Seen = [];

    /// <summary>What the browser complained of on a page: scripts that failed, and what the content security policy refused.</summary>
    public static HashSet<string> Errors(IPage page) => Seen.GetOrCreateValue(page);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Chromium.Path is null)
        {
            return;
        }

        Server = await RunningServer.StartAsync(_folder.Path);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
        Assertions.SetDefaultExpectTimeout(30_000);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
            _playwright!.Dispose();
            await Server.DisposeAsync();
        }

        _folder.Dispose();
    }
}

/// <summary>The tests that share it.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleTests : ICollectionFixture<ConsoleFixture>
{
    public const string Name = "console";
}
