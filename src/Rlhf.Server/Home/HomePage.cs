using System.Security.Cryptography;
using System.Text;
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
        var policy = $"default-src 'none'; script-src {HashOf(html, "script")}; style-src {HashOf(html, "style")}; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";
        app.MapGet("/", (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = policy;
            return TypedResults.Content(html, "text/html; charset=utf-8");
        }).AllowAnonymous()
            .Describe("Chat", "getPage", "The page to chat and press thumbs on.").Produces<string>(contentType: "text/html");
    }

    /// <summary>The page's own script or style, the only one that a browser may run on it.</summary>
    private static string HashOf(string html, string element)
    {
        var start = html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var end = html.IndexOf($"</{element}>", start, StringComparison.Ordinal);
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(html[start..end])))}'";
    }
}
