using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Clusters;

/// <summary>One cluster as one loop knows it.</summary>
internal sealed class ClusterState(ClusterModel model, CircuitGauge circuit)
{
    private readonly Dictionary<NetAddress, EndpointState> _byAddress = [];

    public ClusterModel Model { get; private set; } = model;

    public EndpointState[] Endpoints { get; private set; } = [];

    /// <summary>Position of round robin.</summary>
    public uint Turn { get; set; }

    /// <summary>Use of the cluster's circuit limits, shared with the other loops.</summary>
    public CircuitGauge Circuit { get; } = circuit;

    /// <summary>Takes a newer model; endpoints whose address stays keep their state. <paramref name="onRemoved"/> hears of the others.</summary>
    public void Update(ClusterModel model, Action<EndpointState> onRemoved)
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
            if (!kept.Add(address))
            {
                continue;
            }

            if (_byAddress.TryGetValue(address, out var state))
            {
                state.Model = endpoint;
            }
            else
            {
                state = new EndpointState(this, endpoint, address);
                _byAddress[address] = state;
            }

            endpoints.Add(state);
        }

        foreach (var (address, state) in _byAddress)
        {
            if (!kept.Contains(address))
            {
                state.IsRemoved = true;
                _ = _byAddress.Remove(address);
                onRemoved(state);
            }
        }

        Endpoints = [.. endpoints];
    }

    /// <summary>The endpoint that an original destination is, made on first use.</summary>
    public EndpointState OriginalDestination(NetAddress destination)
    {
        if (!_byAddress.TryGetValue(destination, out var state))
        {
            state = new EndpointState(this, new EndpointModel { Address = destination.ToEndPoint() }, destination);
            _byAddress[destination] = state;
        }

        return state;
    }

    /// <summary>Forgets an original destination that is no longer used.</summary>
    public void Forget(EndpointState endpoint)
    {
        endpoint.IsRemoved = true;
        _ = _byAddress.Remove(endpoint.Address);
    }
}
