using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Clusters;

/// <summary>One cluster as one loop knows it.</summary>
internal sealed class ClusterState(ClusterModel model, SharedCluster shared)
{
    private readonly Dictionary<NetAddress, EndpointState> _byAddress = [];

    public ClusterModel Model { get; private set; } = model;

    public EndpointState[] Endpoints { get; private set; } = [];

    /// <summary>The endpoints by priority, the first that counts at the front; priorities without endpoints are left out.</summary>
    public EndpointGroup[] Priorities { get; private set; } = [];

    /// <summary>Use of the cluster's circuit limits, shared with the other loops.</summary>
    public CircuitGauge Circuit => shared.Circuit;

    /// <summary>Takes a newer model; endpoints whose address stays keep their state. <paramref name="onRemoved"/> hears of the others.</summary>
    public void Update(ClusterModel model, long now, Action<EndpointState> onRemoved)
    {
        Model = model;
        if (model.Discovery == DiscoveryKind.OriginalDestination)
        {
            return;
        }

        var kept = new HashSet<NetAddress>();
        var endpoints = new List<EndpointState>(model.Endpoints.Count);
        foreach (var endpoint in model.Endpoints)
        {
            var address = NetAddress.Of(endpoint.Address);
            if (kept.Add(address))
            {
                endpoints.Add(Take(endpoint, address, now));
            }
        }

        foreach (var (address, state) in _byAddress)
        {
            if (!kept.Contains(address))
            {
                state.IsRemoved = true;
                _ = _byAddress.Remove(address);
                shared.Forget(address);
                onRemoved(state);
            }
        }

        Endpoints = [.. endpoints];
        Priorities = [.. endpoints.GroupBy(endpoint => endpoint.Model.Priority).OrderBy(group => group.Key).Select(group => new EndpointGroup([.. group], model.WeighsLocalities))];
    }

    /// <summary>The endpoint that an original destination is, made on first use.</summary>
    public EndpointState OriginalDestination(NetAddress destination, long now)
    {
        if (!_byAddress.TryGetValue(destination, out var state))
        {
            state = new EndpointState(this, new EndpointModel { Address = destination.ToEndPoint() }, destination, shared.HealthOf(destination), now);
            _byAddress[destination] = state;
        }

        return state;
    }

    /// <summary>Forgets an original destination that is no longer used.</summary>
    public void Forget(EndpointState endpoint)
    {
        endpoint.IsRemoved = true;
        _ = _byAddress.Remove(endpoint.Address);
        shared.Forget(endpoint.Address);
    }

    private EndpointState Take(EndpointModel endpoint, NetAddress address, long now)
    {
        if (_byAddress.TryGetValue(address, out var state))
        {
            state.Model = endpoint;
            return state;
        }

        state = new EndpointState(this, endpoint, address, shared.HealthOf(address), now);
        _byAddress[address] = state;
        return state;
    }
}
