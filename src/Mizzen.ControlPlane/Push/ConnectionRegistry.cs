using System.Collections.Concurrent;
using Mizzen.ControlPlane.Metrics;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Push;

/// <summary>The proxies that are connected now.</summary>
internal sealed class ConnectionRegistry
{
    private readonly ConcurrentDictionary<string, ProxyConnection> _connections = new();
    private long _counter;

    public ConnectionRegistry(ProxyConfiguration configuration, PilotMetrics metrics)
    {
        configuration.Changed += WakeAll;
        metrics.Observe("pilot_xds", () => _connections.Count);
    }

    /// <summary>Tells that some proxy has answered everything that it was sent of a newer mesh.</summary>
    public event Action? Answered;

    /// <summary>Tells that some proxy has refused something, has taken what it had refused, or has come or gone.</summary>
    public event Action? RefusalsChanged;

    public IReadOnlyList<ProxyConnection> All => [.. _connections.Values.OrderBy(connection => connection.Id, StringComparer.Ordinal)];

    /// <summary>Istio's form: <c>pod.namespace-number</c>.</summary>
    public string NextId(string pod, string ns) => $"{pod}.{ns}-{Interlocked.Increment(ref _counter)}";

    /// <summary>The newest connection of a proxy, by <c>pod.namespace</c> or the connection's own id; null when it is not connected.</summary>
    public ProxyConnection? Find(string proxy) =>
        _connections.GetValueOrDefault(proxy)
        ?? All.Where(connection => $"{connection.View.Name}.{connection.View.Namespace}" == proxy).MaxBy(connection => connection.ConnectedAt);

    /// <summary>Every version that is wanted and refused now, with the proxy that refuses it.</summary>
    public IEnumerable<(ProxyConnection Proxy, Refusal Refusal)> Refusals() =>
        All.SelectMany(connection => connection.Progress.SelectMany(progress => progress.Refusals).Select(refusal => (connection, refusal)));

    public void Add(ProxyConnection connection)
    {
        _connections[connection.Id] = connection;
        connection.RefusalsChanged += OnRefusals;
        connection.Answered += OnAnswered;
    }

    public void Remove(ProxyConnection connection)
    {
        _connections.TryRemove(connection.Id, out _);
        connection.RefusalsChanged -= OnRefusals;
        connection.Answered -= OnAnswered;
        if (connection.Progress.Any(progress => progress.Refusals.Count > 0))
        {
            OnRefusals();
        }
    }

    private void OnRefusals() => RefusalsChanged?.Invoke();

    private void OnAnswered() => Answered?.Invoke();

    private void WakeAll()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Wake();
        }
    }
}
