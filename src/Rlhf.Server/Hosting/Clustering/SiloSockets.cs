using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Rlhf.Server.Hosting;

/// <summary>The two sockets on which a silo of a cluster listens, taken before anything else is started. Orleans would bind
/// them with address reuse: two processes could have the same port, and the older one would be given up for dead.</summary>
internal sealed class SiloSockets
{
    private const int Backlog = 512;
    private readonly IPAddress _advertised;
    private readonly Socket _silo;
    private readonly Socket _gateway;

    private SiloSockets(IPAddress advertised, Socket silo, Socket gateway) => (_advertised, _silo, _gateway) = (advertised, silo, gateway);

    /// <summary>Takes both ports.</summary>
    /// <exception cref="ValidationException">A port is in use, or the address is none of this machine's.</exception>
    public static SiloSockets Take(ClusteringOptions clustering)
    {
        var advertised = clustering.AdvertisedAddress is { } named ? IPAddress.Parse(named) : OwnAddress();
        var silo = Listen(clustering, advertised, nameof(clustering.SiloPort), clustering.SiloPort);
        try
        {
            return new SiloSockets(advertised, silo, Listen(clustering, advertised, nameof(clustering.GatewayPort), clustering.GatewayPort));
        }
        catch
        {
            silo.Dispose();
            throw;
        }
    }

    /// <summary>Lets the silo listen on them.</summary>
    public void ListenedOnBy(ISiloBuilder silo)
    {
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = _advertised;
            endpoints.SiloListeningEndpoint = (IPEndPoint)_silo.LocalEndPoint!;
            endpoints.GatewayListeningEndpoint = (IPEndPoint)_gateway.LocalEndPoint!;
            endpoints.SiloPort = endpoints.SiloListeningEndpoint.Port;
            endpoints.GatewayPort = endpoints.GatewayListeningEndpoint.Port;
        });
        silo.ListenBy(services => new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { CreateBoundListenSocket = Taken }), services.GetRequiredService<ILoggerFactory>()));
    }

    private Socket Taken(EndPoint endpoint) => endpoint.Equals(_silo.LocalEndPoint) ? _silo : _gateway;

    private static Socket Listen(ClusteringOptions clustering, IPAddress advertised, string setting, int port)
    {
        var any = advertised.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        var endpoint = new IPEndPoint(clustering.ListenOnAllAddresses ? any : advertised, port);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new ValidationException(
                error.SocketErrorCode switch
                {
                    SocketError.AddressAlreadyInUse => $"Clustering:{setting} is {port}, and another program listens on {endpoint}: give each process on a machine ports of its own, for example --Clustering:{setting}={port + 1}, or 0 for any that is free.",
                    SocketError.AddressNotAvailable => $"Clustering:AdvertisedAddress is {advertised}, which is no address of this machine: name one that is, or listen on all with --Clustering:ListenOnAllAddresses=true where {advertised} leads here.",
                    _ => $"Clustering:{setting} is {port}, and {endpoint} can't be listened on: {error.Message}.",
                },
                error);
        }
    }

    private static IPAddress OwnAddress() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus == OperationalStatus.Up && card.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? IPAddress.Loopback;
}
