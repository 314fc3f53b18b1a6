using System.ComponentModel.DataAnnotations;
using Rlhf.Server.Keys;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Hosting;

/// <summary>Which pages of other origins may call <c>/v1</c> from a browser: those of <c>Cors:Origins</c>, a list or a text with commas between. There
/// are none by default.</summary>
internal static class CrossOrigin
{
    private const string Setting = "Cors:Origins";
    private static readonly TimeSpan PreflightAge = TimeSpan.FromMinutes(10);

    /// <summary>The origins of the configuration.</summary>
    /// <exception cref="ValidationException">One of them is no origin.</exception>
    public static string[] OriginsOf(IConfiguration configuration)
    {
        UnknownSettings.Refuse(configuration, "Cors", typeof(Settings));
        var section = configuration.GetSection(Setting);
        string[] origins = [.. section.GetChildren().Select(child => child.Value ?? ""), .. (section.Value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        return origins.FirstOrDefault(origin => !IsOrigin(origin)) is { } wrong
            ? throw new ValidationException($"{Setting} must list origins as browsers write them, such as https://app.example.com or http://localhost:3000, without a path; '{wrong}' is none.")
            : origins;
    }

    /// <summary>Answers preflights of the listed origins and lets their pages read what is answered. To any other page the server is as if there were no CORS.</summary>
    public static void UseCrossOrigin(this WebApplication app)
    {
        var origins = OriginsOf(app.Configuration);
        if (origins.Length > 0)
        {
            app.UseWhen(
                http => http.Request.Path.StartsWithSegments("/v1") && origins.Contains(http.Request.Headers.Origin.ToString()),
                listed => listed.UseCors(policy => policy.WithOrigins(origins).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders([RequestIds.Header, "retry-after", .. RateLimitHeaders.Names]).SetPreflightMaxAge(PreflightAge)));
        }
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https") && uri.GetLeftPart(UriPartial.Authority) == text && uri.UserInfo.Length == 0;

    private sealed class Settings
    {
        public IList<string> Origins { get; } = [];
    }
}
