using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>
/// An HTTP filter chain of a listener on one loop: the model in force, which newer snapshots replace under the connections' feet, and the
/// connections. A request uses the model that is there when it begins.
/// </summary>
internal sealed class HttpChain(ListenerModel listener, HttpModel http)
{
    private readonly HashSet<HttpDownstream> _connections = [];
    private readonly Dictionary<object, HttpFilter[]> _filters = new(ReferenceEqualityComparer.Instance);

    public ListenerModel Listener { get; private set; } = listener;

    public HttpModel Http { get; private set; } = http;

    /// <summary>No longer part of the configuration: responses say that the connection will be closed.</summary>
    public bool IsRetired { get; private set; }

    public int Connections => _connections.Count;

    public void Update(ListenerModel listener, HttpModel http)
    {
        Listener = listener;
        if (!ReferenceEquals(Http, http))
        {
            Http = http;
            _filters.Clear();
        }
    }

    /// <summary>Lets its connections go: idle ones now, the others after their response.</summary>
    public void Retire()
    {
        IsRetired = true;
        Drain();
    }

    /// <summary>Closes idle connections now and the others after their response.</summary>
    public void Drain()
    {
        foreach (var connection in _connections.ToArray())
        {
            connection.Drain();
        }
    }

    public void Add(HttpDownstream connection) => _connections.Add(connection);

    public void Remove(HttpDownstream connection) => _connections.Remove(connection);

    /// <summary>The filters of a destination, compiled on first use.</summary>
    public HttpFilter[] FiltersOf(in RouteMatch match, WeightedClusterModel? destination)
    {
        // A destination belongs to one route, a route to one virtual host, so either is key enough.
        var key = destination ?? (object)match.Route;
        if (!_filters.TryGetValue(key, out var filters))
        {
            filters = FilterList.Compile(Http, Http.Routes!, match.Host, match.Route, destination);
            _filters[key] = filters;
        }

        return filters;
    }
}
