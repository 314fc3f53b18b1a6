using System.Reflection;
using Microsoft.AspNetCore.Mvc;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>What an endpoint takes in the query. A misspelt filter would otherwise list everything.</summary>
internal static class QueryParameters
{
    /// <summary>Refuses every query parameter that the endpoint's handler doesn't read.</summary>
    public static EndpointFilterDelegate RefuseOthers(EndpointFilterFactoryContext endpoint, EndpointFilterDelegate next)
    {
        var known = endpoint.MethodInfo.GetParameters()
            .Where(parameter => parameter.IsDefined(typeof(FromQueryAttribute)))
            .Select(parameter => parameter.GetCustomAttribute<FromQueryAttribute>()!.Name ?? parameter.Name!)
            .ToHashSet(StringComparer.OrdinalIgnoreCase); // as ASP.NET Core reads them
        return call =>
        {
            foreach (var name in call.HttpContext.Request.Query.Keys.Where(name => !known.Contains(name)))
            {
                throw Refuse.Invalid(
                    $"The query has no parameter '{Shorten(name)}' here; {(known.Count == 0 ? "it takes none" : $"it takes {string.Join(", ", known.Order(StringComparer.Ordinal))}")}.", Shorten(name));
            }

            return next(call);
        };
    }

    private static string Shorten(string name) => name.Length <= 80 ? name : name[..80] + "…";
}
