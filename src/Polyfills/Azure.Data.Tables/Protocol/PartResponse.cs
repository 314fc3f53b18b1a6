using Azure.Core;

namespace Azure.Data.Tables.Protocol;

/// <summary>The answer to one action of a transaction.</summary>
internal sealed class PartResponse(int status, string reasonPhrase) : Response
{
    private readonly Dictionary<string, List<string>> headers = new(StringComparer.OrdinalIgnoreCase);

    public override int Status { get; } = status;

    public override string ReasonPhrase { get; } = reasonPhrase;

    public override Stream ContentStream { get; set; }

    public override string ClientRequestId { get; set; } = "";

    public override bool IsError => Status >= 400;

    public void Add(string name, string value)
    {
        if (!headers.TryGetValue(name, out var values))
        {
            headers.Add(name, values = []);
        }

        values.Add(value);
    }

    public override void Dispose()
    {
        // what is in memory stays readable
    }

    protected override bool TryGetHeader(string name, out string value)
    {
        var found = headers.TryGetValue(name, out var values);
        value = found ? string.Join(",", values) : null;
        return found;
    }

    protected override bool TryGetHeaderValues(string name, out IEnumerable<string> values)
    {
        var found = headers.TryGetValue(name, out var list);
        values = list;
        return found;
    }

    protected override bool ContainsHeader(string name) => headers.ContainsKey(name);

    protected override IEnumerable<HttpHeader> EnumerateHeaders() => headers.Select(header => new HttpHeader(header.Key, string.Join(",", header.Value)));
}
