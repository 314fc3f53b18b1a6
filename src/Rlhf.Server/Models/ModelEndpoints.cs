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

    private static Ok<ModelListBody> List(CatalogCache catalog) => TypedResults.Ok(new ModelListBody("list", [.. Names(catalog.Current).Select(name => Body(name, catalog.Current))]));

    private static Ok<ModelBody> Get(string name, CatalogCache catalog)
    {
        ModelName.Parse(name).RequireServed(catalog.Current);
        return TypedResults.Ok(Body(name, catalog.Current));
    }

    private static IEnumerable<string> Names(ModelCatalog catalog) =>
        [catalog.Model, .. catalog.Versions.Select(served => $"{catalog.Model}:{served.Version}")];

    /// <summary>A version was created when it was made; the model, when its live version was.</summary>
    private static ModelBody Body(string name, ModelCatalog catalog)
    {
        var version = ModelName.Parse(name).Version ?? catalog.Live;
        var createdAt = catalog.Versions.Single(served => served.Version == version).CreatedAt;
        return new ModelBody(name, "model", createdAt?.ToUnixTimeSeconds() ?? 0, OwnedBy: "rlhf");
    }
}

/// <summary>The models, in OpenAI's shape.</summary>
internal sealed record ModelListBody(string Object, IReadOnlyList<ModelBody> Data);

/// <summary>A model, in OpenAI's shape.</summary>
internal sealed record ModelBody(string Id, string Object, long Created, string OwnedBy);
