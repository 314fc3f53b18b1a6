using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Rlhf.Server.Keys;

namespace Rlhf.Server.OpenApi;

/// <summary>Describes <c>/metrics</c>, which OpenTelemetry answers without saying so to those that describe endpoints.</summary>
internal sealed class MetricsDescription(IAuthorizationPolicyProvider policies) : IOpenApiDocumentTransformer
{
    public async Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        const string tag = "Operations";
        (document.Tags ??= new HashSet<OpenApiTag>()).Add(new OpenApiTag { Name = tag });
        var operation = new OpenApiOperation
        {
            OperationId = "getMetrics",
            Summary = "The metrics, as Prometheus reads them.",
            Tags = new HashSet<OpenApiTagReference> { new(tag, document) },
            Responses = new OpenApiResponses { ["200"] = Answer("OK", "text/plain", new OpenApiSchema { Type = JsonSchemaType.String }) },
        };
        foreach (var (status, reason) in ((string, string)[])[("401", "Unauthorized"), ("403", "Forbidden"), ("429", "Too Many Requests")])
        {
            operation.Responses[status] = Answer(reason, "application/problem+json", new OpenApiSchemaReference("ProblemDetails", document));
        }

        OperationDescription.Secure(operation, (await policies.GetPolicyAsync(KeyPolicies.Watch))!, document);
        document.Paths["/metrics"] = new OpenApiPathItem { Operations = new Dictionary<HttpMethod, OpenApiOperation> { [HttpMethod.Get] = operation } };
    }

    private static OpenApiResponse Answer(string reason, string type, IOpenApiSchema schema) =>
        new() { Description = reason, Content = new Dictionary<string, OpenApiMediaType> { [type] = new() { Schema = schema } } };
}
