using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Network;

/// <summary>
/// Services of type LoadBalancer on the host: each gets a loopback address of its own, 127.0.1.1 and on, with all its TCP ports, so
/// that two services may have the same ports.
/// </summary>
public sealed class HostLoadBalancers : IDisposable
{
    private const int AddressesTried = 64;

    private readonly ClusterNetwork _network;
    private readonly ServiceProxy _services;
    private readonly ILoggerFactory _loggers;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string?, string?), Balancer> _balancers = [];
    private readonly CancellationTokenSource _end = new();

    /// <summary>Follows the services that the proxy knows.</summary>
    public HostLoadBalancers(ClusterNetwork network, ServiceProxy services, ILoggerFactory loggers)
    {
        (_network, _services, _loggers) = (network, services, loggers);
        services.Services.Changed += change =>
        {
            if (change.New?.Spec?.Type != "LoadBalancer")
            {
                Release(change.Object);
            }
        };
    }

    /// <summary>The address of a service, with its ports open; or why it has none and what gives it one.</summary>
    public (IPAddress? Address, string? Obstacle) Ensure(Service service)
    {
        int[] ports = [.. (service.Spec?.Ports ?? []).Where(port => port.Protocol is null or "TCP").Select(port => port.Port)];
        lock (_lock)
        {
            var key = (service.Metadata.Namespace, service.Metadata.Name);
            if (_balancers.TryGetValue(key, out var there) && there.Ports.SequenceEqual(ports))
            {
                return (there.Address, null);
            }

            Release(service);
            var (made, obstacle) = Open(service, ports);
            if (made is not null)
            {
                _balancers[key] = made;
            }

            return (made?.Address, obstacle);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        lock (_lock)
        {
            foreach (var balancer in _balancers.Values)
            {
                balancer.Dispose();
            }

            _balancers.Clear();
        }

        _end.Dispose();
    }

    private void Release(Service service)
    {
        lock (_lock)
        {
            if (_balancers.Remove((service.Metadata.Namespace, service.Metadata.Name), out var old))
            {
                old.Dispose();
            }
        }
    }

    private (Balancer? Made, string? Obstacle) Open(Service service, int[] ports)
    {
        string? obstacle = null;
        for (var number = 1; number <= AddressesTried; number++)
        {
            var address = new IPAddress([127, 0, 1, (byte)number]);
            var relays = new List<HostPortRelay>();
            try
            {
                foreach (var port in ports)
                {
                    relays.Add(new HostPortRelay(new IPEndPoint(address, port), _network, () => _services.Resolve(service.Metadata.Namespace!, service.Metadata.Name!, port), _loggers.CreateLogger<HostPortRelay>()));
                }

                relays.ForEach(relay => _ = relay.RunAsync(_end.Token));
                return (new Balancer(address, ports, relays), null);
            }
            catch (SocketException error)
            {
                relays.ForEach(relay => relay.Dispose());
                var port = ports[relays.Count];
                if (error.SocketErrorCode == SocketError.AccessDenied)
                {
                    return (null, string.Create(CultureInfo.InvariantCulture, $"port {port} of this machine needs a privilege that the cluster does not have; this allows it: sudo sysctl -w net.ipv4.ip_unprivileged_port_start={port}"));
                }

                obstacle = string.Create(CultureInfo.InvariantCulture, $"port {port} of 127.0.1.1 to 127.0.1.{AddressesTried} cannot be opened: {error.Message}");
            }
        }

        return (null, obstacle);
    }

    private sealed record Balancer(IPAddress Address, int[] Ports, List<HostPortRelay> Relays) : IDisposable
    {
        public void Dispose() => Relays.ForEach(relay => relay.Dispose());
    }
}
