using System.Net;

namespace Rlhf.Server.Keys;

/// <summary>Where the server is going to listen.</summary>
internal sealed class ListeningAddresses(IConfiguration configuration)
{
    private static readonly string[] Forwarded = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"];

    /// <summary>The first address that other machines may reach; null when all are this machine's own.</summary>
    public string? Exposed { get; } = Addresses(configuration).FirstOrDefault(address => !IsLocal(BindingAddress.Parse(address)));

    /// <summary>Whether a request was made on this machine: it came in by an address of this machine alone, and no proxy forwarded it for somebody else.</summary>
    public static bool IsLocal(HttpContext http) =>
        (http.Connection.LocalIpAddress is not { } address || IPAddress.IsLoopback(address)) && !Forwarded.Any(http.Request.Headers.ContainsKey);

    /// <summary>Kestrel's endpoints take the place of <c>urls</c> where there are any.</summary>
    private static IEnumerable<string> Addresses(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToList();
        return endpoints.Count > 0 ? endpoints : (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static bool IsLocal(BindingAddress address) =>
        address.IsUnixPipe || address.IsNamedPipe || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
