using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Rlhf.Server.Requests;

/// <summary>The body of a request: JSON of the shape of <typeparamref name="T"/>, whatever the content type says (<c>curl -d</c> calls it a
/// form). The handler reads it, so that its filters see a bad one refused.</summary>
internal sealed class RequestBody<T>(HttpRequest request) : IBindableFromHttpContext<RequestBody<T>>, IEndpointParameterMetadataProvider
    where T : class
{
    public static ValueTask<RequestBody<T>?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<RequestBody<T>?>(new RequestBody<T>(context.Request));

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new AcceptsMetadata(["*/*"], typeof(T)));

    /// <summary>Reads it without a look at its shape.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public Task<JsonDocument> ParseAsync() => JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted);

    /// <summary>Reads and checks it where there is one.</summary>
    public async Task<T?> ReadIfAnyAsync() => request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is true ? await ReadAsync() : null;

    /// <summary>Reads and checks it.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="Rlhf.Contracts.RefusedException">A field is wrong or missing; the message says which, and what would be right.</exception>
    public async Task<T> ReadAsync()
    {
        using var json = await ParseAsync();
        return RequestContract.Read<T>(json.RootElement);
    }

    /// <summary>Reads the elements of one of its lists as they arrive.</summary>
    /// <inheritdoc cref="ListReader{T}"/>
    public IAsyncEnumerable<JsonDocument> ReadListAsync(string list, int most) => new ListReader<T>(request.BodyReader, list, most).ReadAsync(request.HttpContext.RequestAborted);
}
