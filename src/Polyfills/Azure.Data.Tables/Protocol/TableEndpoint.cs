using System.Globalization;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Azure.Data.Tables.Protocol;

/// <summary>An account of the service: its address, and the pipeline that every request goes through.</summary>
internal sealed class TableEndpoint
{
    private readonly HttpPipeline pipeline;
    private readonly string version;

    public TableEndpoint(Uri uri, TableSharedKeyCredential credential, TableClientOptions options)
    {
        Uri = uri;
        AccountName = credential.AccountName;
        version = options.VersionString;

        // The signature comes after the retries: each try has a date of its own.
        pipeline = HttpPipelineBuilder.Build(new HttpPipelineOptions(options)
        {
            PerRetryPolicies = { new SharedKeyPolicy(credential) },
            RequestFailedDetailsParser = TableErrorParser.Instance,
        });
    }

    public Uri Uri { get; }

    public string AccountName { get; }

    /// <summary>A request to <c>{account}/{path}</c>; <paramref name="path"/> is escaped already.</summary>
    public HttpMessage Message(RequestMethod method, string path, ReadOnlyMemory<byte>? body = null)
    {
        var message = pipeline.CreateMessage();
        var request = message.Request;
        request.Method = method;
        request.Uri.Reset(Address(path));
        request.Headers.SetValue("x-ms-version", version);
        request.Headers.SetValue("DataServiceVersion", "3.0");
        request.Headers.SetValue("Accept", "application/json;odata=minimalmetadata");
        if (body is { } json)
        {
            request.Headers.SetValue("Content-Type", "application/json");
            request.Content = RequestContent.Create(json);
        }

        return message;
    }

    public Uri Address(string path) => new($"{Uri.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <summary>Sends a request and hands back the answer whatever it says.</summary>
    public async Task<Response> SendAsync(HttpMessage message, CancellationToken cancellationToken)
    {
        using (message)
        {
            await pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);
            return message.Response;
        }
    }

    /// <summary>Sends a request that must succeed.</summary>
    /// <exception cref="RequestFailedException">The answer's status is not one of <paramref name="expected"/>.</exception>
    public async Task<Response> SendAsync(HttpMessage message, CancellationToken cancellationToken, params int[] expected)
    {
        var response = await SendAsync(message, cancellationToken).ConfigureAwait(false);
        return expected.Contains(response.Status) ? response : throw TableErrorParser.Failure(response);
    }

    /// <summary>The path of one entity, escaped.</summary>
    public static string PathOf(string table, string partitionKey, string rowKey) =>
        $"{table}(PartitionKey='{Quoted(partitionKey)}',RowKey='{Quoted(rowKey)}')";

    /// <summary>A path's query, escaped; what has no value is left out.</summary>
    public static string Query(params (string Name, string Value)[] query)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in query)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? '?' : '&')}{name}={System.Uri.EscapeDataString(value)}");
            }
        }

        return text.ToString();
    }

    private static string Quoted(string key) => System.Uri.EscapeDataString(key.Replace("'", "''", StringComparison.Ordinal));
}
