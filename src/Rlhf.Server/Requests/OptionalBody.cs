using System.Reflection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Rlhf.Server.Requests;

/// <summary>As <see cref="RequestBody{T}"/>, for a request that may have none.</summary>
internal sealed class OptionalBody<T>(HttpRequest request) : IBindableFromHttpContext<OptionalBody<T>>, IEndpointParameterMetadataProvider
    where T : class
{
    public static ValueTask<OptionalBody<T>?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<OptionalBody<T>?>(new OptionalBody<T>(context.Request));

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new AcceptsMetadata(["*/*"], typeof(T), isOptional: true));

    /// <summary>Reads and checks it.</summary>
    /// <returns>Null where the request has no body.</returns>
    public async Task<T?> ReadAsync() =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } || request.ContentLength == 0 ? null : await new RequestBody<T>(request).ReadAsync();
}
