using System.Net;

namespace Rlhf.Server.Keys;

/// <summary>Where the server is going to listen.</summary>
internal sealed class ListeningAddresses(IConfiguration configuration)
{
    /// <summary>The first address that other machines may reach; null when all are this machine's own.</summary>
    public string? Exposed { get; } = Addresses(configuration).FirstOrDefault(address => !IsLocal(BindingAddress.Parse(address)));

    /// <summary>Whether a connection came in by an address of this machine alone.</summary>
    public static bool IsLocal(ConnectionInfo connection) => connection.LocalIpAddress is not { } address || IPAddress.IsLoopback(address);

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
