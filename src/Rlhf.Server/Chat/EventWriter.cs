using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Rlhf.Server.Chat;

/// <summary>Writes server-sent events straight into the response's buffer; they leave with the next flush.</summary>
internal sealed class EventWriter(PipeWriter body, JsonSerializerOptions options) : IAsyncDisposable
{
    private readonly Utf8JsonWriter _json = new(body, new JsonWriterOptions { Encoder = options.Encoder, SkipValidation = true });

    /// <summary>An event with a value as JSON.</summary>
    public void Write<T>(T value)
    {
        body.Write("data: "u8);
        _json.Reset();
        JsonSerializer.Serialize(_json, value, options);
        _json.Flush();
        body.Write("\n\n"u8);
    }

    /// <summary>The event that ends a stream.</summary>
    public void WriteDone() => body.Write("data: [DONE]\n\n"u8);

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken) => await body.FlushAsync(cancellationToken);

    public ValueTask DisposeAsync() => _json.DisposeAsync();
}
