using Microsoft.AspNetCore.Http.Features;
using Rlhf.Contracts;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;

namespace Rlhf.Server.Raters;

/// <summary>The rater that a path names.</summary>
internal static class RaterName
{
    private const string Before = "/v1/raters/";

    /// <summary>What a path's parameter is, in words.</summary>
    public const string Description = "The rater's name, percent-encoded.";

    /// <summary>The rater, as <see cref="RaterId"/>. The name is read as it was sent: a route value leaves <c>%2F</c> as it is and decodes <c>%25</c>.</summary>
    /// <exception cref="RefusedException">It is no name.</exception>
    public static string Of(HttpContext http, string? client)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?')[0];
        var name = Uri.UnescapeDataString(path[(path.IndexOf(Before, StringComparison.OrdinalIgnoreCase) + Before.Length)..].Split('/')[0]);
        return Names.AreGood(name)
            ? RaterId.Of(ClientScope.Of(http, client), name)
            : throw Refuse.Invalid($"'id' must be {Names.Rule}.", "id");
    }
}
