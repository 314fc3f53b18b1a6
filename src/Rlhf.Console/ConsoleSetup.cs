using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MudBlazor.Services;
using Rlhf.WebConsole.Access;
using Rlhf.WebConsole.Api;

namespace Rlhf.WebConsole;

/// <summary>The console: pages for the people who run the server and rate its replies. Everything that they show or do goes through the server's own HTTP endpoints.</summary>
public static class ConsoleSetup
{
    /// <summary>The largest message of a browser: a correction of 32,768 characters, each escaped.</summary>
    private const int MaxMessageBytes = 512 * 1024;

    /// <summary>Adds what the pages need. Nothing of it is made before the first page is asked for.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="keysFolder">Where the keys that protect the sign-in cookie are kept; null keeps them in memory, so that a restart signs everybody out.</param>
    public static IServiceCollection AddConsole(this IServiceCollection services, string? keysFolder)
    {
        services.AddRazorComponents().AddInteractiveServerComponents(circuits => circuits.DetailedErrors = false)
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes);
        services.AddMudServices();
        services.AddHttpContextAccessor();
        var protection = services.AddDataProtection().SetApplicationName("Rlhf.Console");
        if (keysFolder is not null)
        {
            protection.PersistKeysToFileSystem(new DirectoryInfo(keysFolder));
        }
        else
        {
            protection.UseEphemeralDataProtectionProvider();
        }

        // It would make the keys at every start, for a console that nobody may open.
        foreach (var eager in services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
        {
            services.Remove(eager);
        }

        services.AddSingleton<OwnAddress>();
        services.AddSingleton<SessionCookie>();
        services.AddHttpClient<ServerApi>((provider, client) =>
        {
            client.BaseAddress = provider.GetRequiredService<OwnAddress>().Uri;
            client.Timeout = Timeout.InfiniteTimeSpan; // a reply may stream for minutes; the person stops it
        }).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false });
        return services;
    }

    /// <summary>Serves the pages at <c>/</c>. To be called after what authenticates and authorises requests.</summary>
    /// <param name="app">The host.</param>
    /// <param name="assets">The manifest of static files, beside the program.</param>
    public static void MapConsole(this WebApplication app, string assets)
    {
        app.UseMiddleware<ConsoleAccess>();
        app.UseAntiforgery();
        app.MapStaticAssets(assets).AllowAnonymous();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null) // ConsoleAccess says it, with the rest of the policy
            .AllowAnonymous().WithMetadata(new ConsolePage());
        app.MapDownloads();
    }
}
