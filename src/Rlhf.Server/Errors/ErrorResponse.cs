using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Rlhf.Server.Feedback.Shapes;
using Rlhf.Server.Keys;

namespace Rlhf.Server.Errors;

/// <summary>An error as OpenAI's clients read it; every key is always there.</summary>
/// <param name="Message">What was wrong, the value, and what would be right.</param>
/// <param name="Type">The class of error.</param>
/// <param name="Param">The field that caused it.</param>
/// <param name="Code">A word for programs.</param>
public sealed record OpenAiError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param")] string? Param,
    [property: JsonPropertyName("code")] string? Code);

/// <summary>The envelope of an <see cref="OpenAiError"/>.</summary>
/// <param name="Error">The error.</param>
public sealed record OpenAiErrorBody([property: JsonPropertyName("error")] OpenAiError Error);

/// <summary>An error as TensorZero's clients read it.</summary>
/// <param name="Error">What was wrong, the value, and what would be right.</param>
public sealed record TensorZeroErrorBody([property: JsonPropertyName("error")] string Error);

/// <summary>An error as Langfuse's clients read it.</summary>
/// <param name="Message">What was wrong, the value, and what would be right.</param>
/// <param name="Error">The class of error.</param>
public sealed record LangfuseErrorBody([property: JsonPropertyName("message")] string Message, [property: JsonPropertyName("error")] string Error);

/// <summary>Writes errors: in the shape of OpenAI, TensorZero or Langfuse where their clients call, as problem details elsewhere.</summary>
internal static class ErrorResponse
{
    private static readonly PathString[] OwnRoutes = ["/v1/conversations", "/v1/users", "/v1/learner", "/v1/system-prompt", "/v1/versions", "/v1/webhooks"];

    /// <summary>Whether errors at a path have OpenAI's shape: all under <c>/v1</c> that OpenAI's clients may ask for, whether or not it is there.</summary>
    public static bool IsOpenAi(PathString path) => path.StartsWithSegments("/v1") && !OwnRoutes.Any(route => path.StartsWithSegments(route));

    /// <summary>What errors at a path look like.</summary>
    public static Type TypeAt(PathString path) => OtherBody(path, new Failure(500, ""))?.GetType() ?? (IsOpenAi(path) ? typeof(OpenAiErrorBody) : typeof(ProblemDetails));

    public static OpenAiErrorBody Body(Failure failure) => new(new OpenAiError(failure.Message, Type(failure.Status), failure.Param, failure.Code));

    public static async Task WriteAsync(HttpContext http, Failure failure)
    {
        var allow = failure.Status == 405 ? http.Response.Headers.Allow.ToString() : "";
        http.Response.Clear();
        http.Response.StatusCode = failure.Status;
        if (failure.RetryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (allow.Length > 0)
        {
            http.Response.Headers.Allow = allow.Split(", ").Contains(HttpMethods.Get) ? $"{allow}, {HttpMethods.Head}" : allow;
        }

        if (failure.Status == 401)
        {
            http.Response.Headers.WWWAuthenticate = KeyAsPassword.Challenge(http);
        }

        if (OtherBody(http.Request.Path, failure) is { } other)
        {
            await http.Response.WriteAsJsonAsync(other, other.GetType());
        }
        else if (IsOpenAi(http.Request.Path))
        {
            await http.Response.WriteAsJsonAsync(Body(failure));
        }
        else
        {
            var problem = new ProblemDetails { Status = failure.Status, Title = ReasonPhrases.GetReasonPhrase(failure.Status), Detail = failure.Message };
            await http.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json");
        }
    }

    /// <summary>An error in the shape of the tool whose path it is; null at every other path.</summary>
    private static object? OtherBody(PathString path, Failure failure) =>
        path == TensorZeroEndpoints.Path ? new TensorZeroErrorBody(failure.Message)
        : path.StartsWithSegments(LangfuseEndpoints.Api) ? new LangfuseErrorBody(failure.Message, LangfuseType(failure.Status))
        : null;

    private static string LangfuseType(int status) => status switch
    {
        401 => "UnauthorizedError",
        403 => "ForbiddenError",
        404 => "LangfuseNotFoundError",
        405 => "MethodNotAllowedError",
        < 500 => "InvalidRequestError",
        _ => "InternalServerError",
    };

    private static string Type(int status) => status switch
    {
        403 => "permission_error",
        409 => "conflict_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
