using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>Refuses the parts of a request that its endpoint doesn't read. A misspelt filter would otherwise list everything, and an option that there
/// isn't be taken for granted.</summary>
internal static class UnreadParts
{
    private const int LongestShown = 80;

    /// <summary>A filter that knows the query parameters of the endpoint's handler, and whether it takes a body.</summary>
    public static EndpointFilterDelegate Refuse(EndpointFilterFactoryContext endpoint, EndpointFilterDelegate next)
    {
        var known = endpoint.MethodInfo.GetParameters()
            .Where(parameter => parameter.IsDefined(typeof(FromQueryAttribute)))
            .Select(parameter => parameter.GetCustomAttribute<FromQueryAttribute>()!.Name ?? parameter.Name!)
            .ToHashSet(StringComparer.OrdinalIgnoreCase); // as ASP.NET Core reads them
        return async call =>
        {
            var request = call.HttpContext.Request;
            RefuseOthers(request.Query, known);
            if (request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is null && CanHaveBody(request))
            {
                await RefuseBodyAsync(request);
            }

            return await next(call);
        };
    }

    private static void RefuseOthers(IQueryCollection query, HashSet<string> known)
    {
        foreach (var name in query.Keys.Where(name => !known.Contains(name)))
        {
            var shown = name.Length <= LongestShown ? name : name[..LongestShown] + "…";
            throw Errors.Refuse.Invalid($"The query has no parameter '{shown}' here; {(known.Count == 0 ? "it takes none" : $"it takes {string.Join(", ", known.Order(StringComparer.Ordinal))}")}.", shown);
        }
    }

    private static bool CanHaveBody(HttpRequest request) => !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && request.ContentLength is not 0;

    /// <summary>Clients that always send JSON send an empty object.</summary>
    private static async Task RefuseBodyAsync(HttpRequest request)
    {
        var start = new byte[LongestShown];
        var length = await request.Body.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        var text = System.Text.Encoding.UTF8.GetString(start, 0, length).Trim();
        if (text.Length > 0 && !IsEmpty(text))
        {
            throw Errors.Refuse.Invalid($"{request.Method} {request.Path} takes no body, or an empty object.");
        }
    }

    private static bool IsEmpty(string json)
    {
        try
        {
            using var body = JsonDocument.Parse(json);
            return body.RootElement.ValueKind == JsonValueKind.Null || (body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.GetPropertyCount() == 0);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
