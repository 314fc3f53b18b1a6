using Rlhf.Server.OpenApi;

namespace Rlhf.Server.Home;

/// <summary>The page where a person can chat and press thumbs.</summary>
internal static class HomePage
{
    public static void MapHome(this WebApplication app)
    {
        using var page = typeof(HomePage).Assembly.GetManifestResourceStream("Rlhf.Server.Home.index.html")!;
        using var reader = new StreamReader(page);
        var html = reader.ReadToEnd();
        app.MapGet("/", () => TypedResults.Content(html, "text/html; charset=utf-8")).AllowAnonymous()
            .Describe("Chat", "getPage", "The page to chat and press thumbs on.").Produces<string>(contentType: "text/html");
    }
}
