using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Rlhf.Server.Feedback;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys;
using Scalar.AspNetCore;

namespace Rlhf.Server.OpenApi;

/// <summary>Describes the endpoints: for programs at <c>/openapi/v1.json</c>, for people at <c>/docs</c>.</summary>
internal static class OpenApiSetup
{
    private const string Pages = "/docs";

    /// <summary>The page brings its scripts and styles along; nothing comes from elsewhere.</summary>
    private const string ThisServerAlone = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:";

    public static IServiceCollection AddDescription(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict); // a number is described as a number alone
        return services.AddOpenApi("v1", options => options
            .Naming()
            .AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Rlhf.Orleans",
                    Version = "v1",
                    Description = "A chat backend that learns from its users while it serves them. Chats, models and feedback have OpenAI's shapes, errors among them; elsewhere errors are problem details.",
                };
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes[KeyHandler.Scheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A key of './rlhf keys add NAME'. On the machine's own address nobody needs one until there is one.",
                };
                return Task.CompletedTask;
            })
            .AddDocumentTransformer<MetricsDescription>()
            .AddOperationTransformer<OperationDescription>()
            .AddSchemaTransformer<SchemaDescription>());
    }

    /// <summary>Both are for everybody: they say what the source says. The page and its script come from this server alone.</summary>
    public static void MapDescription(this WebApplication app)
    {
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference(Pages, scalar =>
        {
            scalar.Title = "Rlhf.Orleans";
            scalar.DefaultFonts = false;
            scalar.Telemetry = false;
            scalar.DisableAgent();
            scalar.DisableMcp();
        }).AllowAnonymous().AddEndpointFilter((context, next) =>
        {
            context.HttpContext.Response.Headers.ContentSecurityPolicy = ThisServerAlone;
            return next(context);
        });
    }

    /// <summary>A generic type is named by itself where it stands for one type in the description.</summary>
    private static OpenApiOptions Naming(this OpenApiOptions options)
    {
        options.CreateSchemaReferenceId = type => type.Type == typeof(ImportRequest<ImportItem>) ? "ImportRequest" : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        return options;
    }
}
