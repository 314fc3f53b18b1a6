namespace Azure.Data.Tables.Protocol;

/// <summary>An account's address and key as one line of text: <c>Key=Value;Key=Value</c>.</summary>
internal sealed class ConnectionString
{
    private const string DevelopmentAccount = "devstoreaccount1";

    // The emulator's one account has this key everywhere; it is public and protects nothing.
    private const string DevelopmentKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly Uri endpoint;
    private readonly TableSharedKeyCredential credential;

    private ConnectionString(Uri endpoint, TableSharedKeyCredential credential)
    {
        this.endpoint = endpoint;
        this.credential = credential;
    }

    public static ConnectionString Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var settings = Settings(text);
        if (settings.TryGetValue("UseDevelopmentStorage", out var development))
        {
            return bool.TryParse(development, out var emulator) && emulator
                ? new ConnectionString(Emulator(settings.GetValueOrDefault("DevelopmentStorageProxyUri")), new TableSharedKeyCredential(DevelopmentAccount, DevelopmentKey))
                : throw new FormatException($"UseDevelopmentStorage={development} in a connection string must be true.");
        }

        var account = Required("AccountName");
        var key = Required("AccountKey");
        try
        {
            return new ConnectionString(Endpoint(settings, account), new TableSharedKeyCredential(account, key));
        }
        catch (FormatException e)
        {
            throw new FormatException("The connection string's AccountKey is not base64, or its TableEndpoint is no address.", e);
        }

        string Required(string name) => settings.GetValueOrDefault(name) is { Length: > 0 } value
            ? value
            : throw new FormatException($"The connection string has no {name}. It must hold AccountName, AccountKey and TableEndpoint or EndpointSuffix, or UseDevelopmentStorage=true.");
    }

    public TableEndpoint Open(TableClientOptions options) => new(endpoint, credential, options ?? new TableClientOptions());

    private static Dictionary<string, string> Settings(string text)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !settings.TryAdd(setting[..equals], setting[(equals + 1)..]))
            {
                throw new FormatException("The connection string must be Name=Value pairs with a ';' between them, each name once.");
            }
        }

        return settings;
    }

    private static Uri Endpoint(Dictionary<string, string> settings, string account) =>
        settings.TryGetValue("TableEndpoint", out var named)
            ? new Uri(named)
            : new Uri($"{settings.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.table.{settings.GetValueOrDefault("EndpointSuffix", "core.windows.net")}");

    private static Uri Emulator(string proxy)
    {
        var host = proxy is null ? new Uri("http://127.0.0.1") : new Uri(proxy);
        return new UriBuilder(host.Scheme, host.Host, 10002, DevelopmentAccount).Uri;
    }
}
