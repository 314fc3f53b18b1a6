using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Rlhf.WebConsole.Api;

/// <summary>Where this process listens, as it reaches itself.</summary>
internal sealed class OwnAddress(IServer server)
{
    private static readonly string[] Any = ["0.0.0.0", "[::]", "*", "+"];

    /// <summary>The first address without TLS, or else the first.</summary>
    /// <exception cref="InvalidOperationException">The server does not listen on TCP.</exception>
    public Uri Uri
    {
        get
        {
            var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses.Where(address => !address.Contains("://unix:", StringComparison.Ordinal) && !address.Contains("://pipe:", StringComparison.Ordinal)).ToList() ?? [];
            var address = addresses.Find(address => address.StartsWith("http://", StringComparison.Ordinal)) ?? addresses.FirstOrDefault()
                ?? throw new InvalidOperationException("The console talks to its own server by TCP; let it listen on such an address, too: --urls http://127.0.0.1:5080");
            foreach (var any in Any)
            {
                address = address.Replace($"://{any}:", "://127.0.0.1:", StringComparison.Ordinal);
            }

            return new Uri(address);
        }
    }
}
