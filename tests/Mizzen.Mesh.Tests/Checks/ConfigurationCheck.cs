using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;

namespace Mizzen.Mesh.Tests.Checks;

/// <summary>
/// What must be true of any configuration: every name that is used is there, no name is there twice, and weights have a sum. A cluster
/// may be missing only where the user's own rule names a host, port or subset that does not exist.
/// </summary>
internal sealed class ConfigurationCheck(MeshSnapshot mesh, ProxyResources resources)
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems()
    {
        foreach (var listener in resources.Listeners.Values.Cast<Listener>())
        {
            Check(listener);
        }

        foreach (var table in resources.Routes.Values.Cast<RouteConfiguration>())
        {
            Check(table);
        }

        foreach (var cluster in resources.Clusters.Values.Cast<Cluster>().Where(cluster => cluster.Type == Cluster.Types.DiscoveryType.Eds))
        {
            Require(resources.Endpoints.ContainsKey(cluster.EdsClusterConfig.ServiceName), $"cluster {cluster.Name} has no endpoints");
        }

        Unique(resources.Listeners.Values.Cast<Listener>().Where(listener => listener.BindToPort != false).Select(listener => listener.Address.ToString()), "two listeners bind");
        var named = resources.Listeners.Values.Cast<Listener>().SelectMany(Chains).SelectMany(TablesOf).ToHashSet(StringComparer.Ordinal);
        _problems.AddRange(resources.Routes.Keys.Where(table => !named.Contains(table)).Select(table => $"no listener names the route table {table}"));
        return _problems;
    }

    private void Check(Listener listener)
    {
        foreach (var chain in Chains(listener))
        {
            foreach (var table in TablesOf(chain))
            {
                Require(resources.Routes.ContainsKey(table), $"listener {listener.Name} names the route table {table}, which is not there");
            }

            foreach (var filter in chain.Filters.Where(filter => filter.TypedConfig.Is(TcpProxy.Descriptor)))
            {
                Check(filter.TypedConfig.Unpack<TcpProxy>(), listener.Name);
            }
        }

        Unique(listener.FilterChains.Select(chain => chain.FilterChainMatch?.ToString() ?? "none"), $"listener {listener.Name} has two chains for");
    }

    private void Check(TcpProxy filter, string listener)
    {
        foreach (var cluster in filter.WeightedClusters?.Clusters.Select(entry => entry.Name) ?? [filter.Cluster])
        {
            RequireCluster(cluster, $"listener {listener}");
        }
    }

    private void Check(RouteConfiguration table)
    {
        Unique(table.VirtualHosts.Select(host => host.Name), $"table {table.Name} has two virtual hosts");
        Unique(table.VirtualHosts.SelectMany(host => host.Domains), $"table {table.Name} has two virtual hosts for");
        foreach (var route in table.VirtualHosts.SelectMany(host => host.Routes).Where(route => route.Route_ is not null))
        {
            Check(route.Route_, $"{table.Name} {route.Name}");
        }
    }

    private void Check(RouteAction action, string where)
    {
        if (action.ClusterSpecifierCase == RouteAction.ClusterSpecifierOneofCase.WeightedClusters)
        {
            Require(action.WeightedClusters.Clusters.Sum(entry => (long)(entry.Weight ?? 0)) > 0, $"{where}: the weights have no sum");
        }

        var clusters = action.ClusterSpecifierCase == RouteAction.ClusterSpecifierOneofCase.WeightedClusters
            ? action.WeightedClusters.Clusters.Select(entry => entry.Name)
            : [action.Cluster];
        foreach (var cluster in clusters.Concat(action.RequestMirrorPolicies.Select(mirror => mirror.Cluster)))
        {
            RequireCluster(cluster, where);
        }
    }

    private void RequireCluster(string cluster, string where)
    {
        if (resources.Clusters.ContainsKey(cluster))
        {
            return;
        }

        var isUsersFault = cluster.Split('|') is [_, var port, var subset, var host]
            && (mesh.Services.OfHost(host).All(service => service.Port(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)) is null)
                || (subset.Length > 0 && !mesh.DestinationRules.All.SelectMany(rule => rule.Subsets).Any(entry => entry.Name == subset)));
        Require(isUsersFault, $"{where} names the cluster {cluster}, which is not there");
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
        {
            _problems.Add(problem);
        }
    }

    private void Unique(IEnumerable<string> names, string what) =>
        _problems.AddRange(names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => $"{what} {group.Key}"));

    private static IEnumerable<FilterChain> Chains(Listener listener) =>
        listener.DefaultFilterChain is { } rest ? listener.FilterChains.Append(rest) : listener.FilterChains;

    private static IEnumerable<string> TablesOf(FilterChain chain) => chain.Filters
        .Where(filter => filter.TypedConfig.Is(HttpConnectionManager.Descriptor))
        .Select(filter => filter.TypedConfig.Unpack<HttpConnectionManager>())
        .Where(manager => manager.Rds is not null)
        .Select(manager => manager.Rds.RouteConfigName);
}
