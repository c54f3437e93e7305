using System.Net;
using System.Net.Sockets;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>Resolves the host names of STRICT_DNS clusters again and again; a name that cannot be resolved keeps its last addresses.</summary>
internal sealed class DnsLoop(AdsLoop ads, Logger log, TimeProvider clock)
{
    /// <summary>Envoy's default refresh rate.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>How soon a cluster that has just come is resolved.</summary>
    private static readonly TimeSpan Eager = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);

    /// <summary>Resolves until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                foreach (var cluster in (await ads.DnsClustersAsync(cancellationToken)).Where(cluster => IsDue(cluster.Name)))
                {
                    await ResolveAsync(cluster, cancellationToken);
                }

                await Task.Delay(Eager, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            log.Debug("name resolution stopped");
        }
    }

    private bool IsDue(string cluster)
    {
        if (_last.TryGetValue(cluster, out var last) && clock.GetElapsedTime(last) < Period)
        {
            return false;
        }

        _last[cluster] = clock.GetTimestamp();
        return true;
    }

    private async Task ResolveAsync(Envoy.Config.Cluster.V3.Cluster cluster, CancellationToken cancellationToken)
    {
        var endpoints = new List<EndpointModel>();
        foreach (var (name, model) in ClusterCompiler.Names(cluster.LoadAssignment))
        {
            try
            {
                var addresses = await System.Net.Dns.GetHostAddressesAsync(name.Address, AddressFamily.InterNetwork, cancellationToken);
                endpoints.AddRange(addresses.Select(address => model(new IPEndPoint(address, (int)name.PortValue))));
            }
            catch (SocketException error)
            {
                log.Warn($"cluster {cluster.Name}: {name.Address} cannot be resolved: {error.Message}");
                return;
            }
        }

        await ads.ResolveAsync(cluster.Name, endpoints, cancellationToken);
    }
}
