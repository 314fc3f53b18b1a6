using System.Text.Json;
using Azure.Core;

namespace Azure.Data.Tables.Protocol;

/// <summary>Reads what the service says about a failure: <c>{"odata.error":{"code","message":{"lang","value"}}}</c>.</summary>
internal sealed class TableErrorParser : RequestFailedDetailsParser
{
    public static readonly TableErrorParser Instance = new();

    public static RequestFailedException Failure(Response response) => new(response, null, Instance);

    public override bool TryParse(Response response, out ResponseError error, out IDictionary<string, string> data)
    {
        data = null;
        error = Parse(response.Content);
        if (error is null && response.Headers.TryGetValue("x-ms-error-code", out var code))
        {
            error = new ResponseError(code, response.ReasonPhrase);
        }

        return error is not null;
    }

    private static ResponseError Parse(BinaryData content)
    {
        try
        {
            using var json = JsonDocument.Parse(content.ToMemory());
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("odata.error", out var error))
            {
                return null;
            }

            var message = error.GetProperty("message");
            return new ResponseError(
                error.GetProperty("code").GetString(),
                message.ValueKind == JsonValueKind.Object ? message.GetProperty("value").GetString() : message.GetString());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null; // a proxy on the way answers in words of its own
        }
    }
}
