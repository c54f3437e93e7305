using System.Net;
using System.Net.Sockets;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>Resolves the host names of STRICT_DNS clusters again and again; a name that cannot be resolved keeps its last addresses.</summary>
internal sealed class DnsLoop(LiveConfiguration live, Logger log, TimeProvider clock)
{
    /// <summary>How often it is looked whether a cluster is due.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string> _failures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Attempt> _last = new(StringComparer.Ordinal);

    /// <summary>Resolves until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var change = live.NextChange;
                var clusters = await live.DnsClustersAsync(cancellationToken);
                foreach (var cluster in clusters.Where(cluster => IsDue(cluster.Name)))
                {
                    await ResolveAsync(cluster, cancellationToken);
                }

                await WaitAsync(change, clusters.Count > 0, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            log.Debug("name resolution stopped");
        }
    }

    // Without names to resolve there is nothing to wake up for but a change.
    private async Task WaitAsync(Task change, bool hasNames, CancellationToken cancellationToken)
    {
        if (!hasNames)
        {
            await change.WaitAsync(cancellationToken);
            return;
        }

        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(change, Task.Delay(Pause, clock, pause.Token));
        await pause.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private bool IsDue(string cluster) => !_last.TryGetValue(cluster, out var last) || clock.GetElapsedTime(last.At) >= last.Pause;

    private async Task ResolveAsync(Envoy.Config.Cluster.V3.Cluster cluster, CancellationToken cancellationToken)
    {
        var endpoints = await FindAsync(cluster, cancellationToken);
        var failures = endpoints is null ? _last.GetValueOrDefault(cluster.Name).Failures + 1 : 0;
        _last[cluster.Name] = new Attempt(clock.GetTimestamp(), DnsSchedule.Next(cluster, failures, Random.Shared.NextDouble()), failures);
        if (endpoints is not null)
        {
            await live.ResolveAsync(cluster.Name, endpoints, cancellationToken);
        }
    }

    private async Task<List<EndpointModel>?> FindAsync(Envoy.Config.Cluster.V3.Cluster cluster, CancellationToken cancellationToken)
    {
        var endpoints = new List<EndpointModel>();
        foreach (var (name, model) in ClusterCompiler.Names(cluster.LoadAssignment))
        {
            try
            {
                var addresses = DnsFamilies.Choose(cluster.DnsLookupFamily, await System.Net.Dns.GetHostAddressesAsync(name.Address, cancellationToken));
                if (addresses.Count == 0)
                {
                    Complain(name.Address, $"cluster {cluster.Name}: {name.Address} has no address of the kind that dns_lookup_family wants");
                    return null;
                }

                _ = _failures.Remove(name.Address);
                endpoints.AddRange(addresses.Select(address => model(new IPEndPoint(address, (int)name.PortValue))));
            }
            catch (SocketException error)
            {
                Complain(name.Address, $"cluster {cluster.Name}: {name.Address} cannot be resolved: {error.Message}");
                return null;
            }
        }

        return endpoints;
    }

    // A name that stays unknown is said once, not every five seconds.
    private void Complain(string name, string text)
    {
        if (_failures.GetValueOrDefault(name) != text)
        {
            _failures[name] = text;
            log.Warn(text);
        }
    }

    private readonly record struct Attempt(long At, TimeSpan Pause, int Failures);
}
