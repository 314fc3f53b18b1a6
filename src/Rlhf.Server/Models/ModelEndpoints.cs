using Microsoft.AspNetCore.Http.HttpResults;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Chat;
using Rlhf.Server.OpenApi;

namespace Rlhf.Server.Models;

/// <summary>Which models may be asked.</summary>
internal static class ModelEndpoints
{
    public static void MapModels(this WebApplication app)
    {
        app.MapGet("/v1/models", List).RequireAuthorization()
            .Describe("Models", "listModels", "Lists the model and each version of it that is served.");
        app.MapGet("/v1/models/{name}", Get).RequireAuthorization()
            .Describe("Models", "getModel", "Shows a model, or a version of it.").MayRefuse(404);
    }

    private static Ok<ModelListBody> List(CatalogCache catalog) => TypedResults.Ok(new ModelListBody("list", [.. Names(catalog.Current).Select(Body)]));

    private static Ok<ModelBody> Get(string name, CatalogCache catalog)
    {
        ModelName.Parse(name).RequireServed(catalog.Current);
        return TypedResults.Ok(Body(name));
    }

    private static IEnumerable<string> Names(ModelCatalog catalog) =>
        [catalog.Model, .. catalog.Versions.Select(served => $"{catalog.Model}:{served.Version}")];

    private static ModelBody Body(string name) => new(name, "model", Created: 0, OwnedBy: "rlhf");
}

/// <summary>The models, in OpenAI's shape.</summary>
internal sealed record ModelListBody(string Object, IReadOnlyList<ModelBody> Data);

/// <summary>A model, in OpenAI's shape.</summary>
internal sealed record ModelBody(string Id, string Object, long Created, string OwnedBy);
