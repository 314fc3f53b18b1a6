using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;

namespace Rlhf.Server.OpenApi;

/// <summary>Describes what no signature shows: who may call, how errors look, and what is streamed.</summary>
internal sealed class OperationDescription : IOpenApiOperationTransformer
{
    private const string Json = "application/json";
    private const string Problem = "application/problem+json";

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var statuses = new SortedSet<int> { 500 };
        if (operation.RequestBody is { Content: { } content } && content.Remove("*/*", out var anything))
        {
            content[Json] = anything; // any content type is taken; what it holds must be JSON
            statuses.UnionWith([400, 413]);
        }

        if (!metadata.OfType<IAllowAnonymous>().Any())
        {
            statuses.UnionWith([401, 403, 429, 503]);
            Secure(operation, await PolicyAsync(metadata.OfType<IAuthorizeData>().LastOrDefault(), context), context.Document!);
        }

        foreach (var refusals in metadata.OfType<Refusals>())
        {
            statuses.UnionWith(refusals.Statuses);
        }

        operation.Responses ??= [];
        if (metadata.OfType<StreamedEvents>().LastOrDefault() is { } events && operation.Responses["200"] is OpenApiResponse { Content: { } answers })
        {
            answers["text/event-stream"] = new OpenApiMediaType { Schema = await SchemaAsync(events.Event, context, cancellationToken) };
        }

        foreach (var other in metadata.OfType<OtherBody>())
        {
            if (operation is { RequestBody.Content: { } bodies } && operation.Responses["200"] is OpenApiResponse { Content: { } answersToBoth })
            {
                bodies[Json] = new OpenApiMediaType { Schema = new OpenApiSchema { OneOf = [bodies[Json].Schema!, await SchemaAsync(other.Body, context, cancellationToken, other.Name)] } };
                answersToBoth[Json] = new OpenApiMediaType { Schema = new OpenApiSchema { OneOf = [answersToBoth[Json].Schema!, await SchemaAsync(other.Answer, context, cancellationToken)] } };
            }
        }

        var shape = ErrorResponse.TypeAt($"/{context.Description.RelativePath}");
        var error = await SchemaAsync(shape, context, cancellationToken);
        foreach (var status in statuses)
        {
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = new Dictionary<string, OpenApiMediaType> { [shape == typeof(ProblemDetails) ? Problem : Json] = new() { Schema = error } },
            };
        }

        if (context.Description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) is true)
        {
            TellLimits(operation.Responses);
        }
    }

    /// <summary>One requirement for each role: any of them is enough. Without a role every good key is.</summary>
    public static void Secure(OpenApiOperation operation, AuthorizationPolicy policy, OpenApiDocument document)
    {
        var roles = policy.Requirements.OfType<RolesAuthorizationRequirement>().SelectMany(requirement => requirement.AllowedRoles).ToList();
        var needs = $"Where there are keys, it takes {(roles.Count == 0 ? "any good one" : $"one of the role {string.Join(" or ", roles)}")}.";
        operation.Description = string.IsNullOrEmpty(operation.Description) ? needs : $"{operation.Description} {needs}";
        operation.Security = [.. roles.Select(role => (List<string>)[role]).DefaultIfEmpty([]).Select(role =>
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyHandler.Scheme, document)] = role })];
    }

    /// <summary>Every answer has them; they are described where somebody looks for them.</summary>
    private static void TellLimits(OpenApiResponses responses)
    {
        foreach (var response in ((string[])["200", "429"]).Select(responses.GetValueOrDefault).OfType<OpenApiResponse>())
        {
            response.Headers = RateLimitHeaders.Names.ToDictionary(
                name => name,
                name => (IOpenApiHeader)new OpenApiHeader { Description = "Where the caller has such a limit.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }
    }

    private static async Task<AuthorizationPolicy> PolicyAsync(IAuthorizeData? named, OpenApiOperationTransformerContext context)
    {
        var policies = context.ApplicationServices.GetRequiredService<IAuthorizationPolicyProvider>();
        return named is null ? (await policies.GetFallbackPolicyAsync())!
            : named.Policy is { } name ? (await policies.GetPolicyAsync(name))!
            : await policies.GetDefaultPolicyAsync();
    }

    private static async Task<IOpenApiSchema> SchemaAsync(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellationToken, string? name = null)
    {
        var schema = await context.GetOrCreateSchemaAsync(type, null, cancellationToken);
        AllowNull(schema);
        context.Document!.AddComponent(name ?? type.Name, schema);
        return new OpenApiSchemaReference(name ?? type.Name, context.Document);
    }

    /// <summary>A schema that is made here holds others in place of references to them. That one of those may be null is said beside it, to be
    /// put at the reference, and has to be put into it.</summary>
    private static void AllowNull(IOpenApiSchema? schema)
    {
        if (schema is not OpenApiSchema made)
        {
            return;
        }

        if (made.Metadata?.TryGetValue("x-is-nullable-property", out var nullable) is true && nullable is true)
        {
            made.Type |= JsonSchemaType.Null;
        }

        AllowNull(made.Items);
        foreach (var property in made.Properties?.Values ?? [])
        {
            AllowNull(property);
        }
    }
}
