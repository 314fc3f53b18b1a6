using Microsoft.AspNetCore.Http.Metadata;
using Rlhf.Server.Requests;

namespace Rlhf.Server.OpenApi;

/// <summary>What an endpoint may answer instead of what was asked for, beside what every endpoint may.</summary>
/// <param name="Statuses">Status codes.</param>
internal sealed record Refusals(params int[] Statuses);

/// <summary>What an endpoint streams as server-sent events when it is asked to.</summary>
/// <param name="Event">What each event holds as JSON.</param>
internal sealed record StreamedEvents(Type Event);

/// <summary>Another body that an endpoint takes, and how it answers it.</summary>
/// <param name="Name">What the body's schema is called.</param>
/// <param name="Body">Its type.</param>
/// <param name="Answer">The answer's type.</param>
internal sealed record OtherBody(string Name, Type Body, Type Answer);

/// <summary>Says what an endpoint's signature doesn't.</summary>
internal static class EndpointDescription
{
    /// <summary>Names the endpoint for clients that are generated. What it doesn't read of a request is refused.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string tag, string name, string summary) =>
        endpoint.WithTags(tag).WithName(name).WithSummary(summary).AddEndpointFilterFactory(UnreadParts.Refuse).WithMetadata(new Refusals(400));

    /// <summary>Answers with an error of one of these status codes, too.</summary>
    public static RouteHandlerBuilder MayRefuse(this RouteHandlerBuilder endpoint, params int[] statuses) => endpoint.WithMetadata(new Refusals(statuses));

    /// <summary>Streams events of a type when it is asked to.</summary>
    public static RouteHandlerBuilder MayStream<TEvent>(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new StreamedEvents(typeof(TEvent)));

    /// <summary>Takes a body of another type than the handler reads.</summary>
    public static RouteHandlerBuilder TakesBody<T>(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new AcceptsMetadata(["*/*"], typeof(T)));

    /// <summary>Takes a body of a second shape, and answers it in one of its own.</summary>
    public static RouteHandlerBuilder AlsoTakes<TBody, TAnswer>(this RouteHandlerBuilder endpoint, string name) => endpoint.WithMetadata(new OtherBody(name, typeof(TBody), typeof(TAnswer)));
}
