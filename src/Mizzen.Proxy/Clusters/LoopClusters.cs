using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Clusters;

/// <summary>The clusters that one loop has used, by ordinal.</summary>
internal sealed class LoopClusters(EventLoop loop, SharedClusters clusters, Action<EndpointState> onRemoved)
{
    private ClusterState?[] _states = new ClusterState?[16];

    /// <summary>The loop's state of a cluster, brought up to that model.</summary>
    public ClusterState Get(ClusterModel model)
    {
        var ordinal = model.Key.Ordinal;
        if (ordinal >= _states.Length)
        {
            Array.Resize(ref _states, Math.Max(ordinal + 1, _states.Length * 2));
        }

        var state = _states[ordinal];
        if (state is null)
        {
            state = new ClusterState(model, clusters.Of(model.Key));
            state.Update(model, loop.Now, onRemoved);
            _states[ordinal] = state;
        }
        else if (!ReferenceEquals(state.Model, model))
        {
            state.Update(model, loop.Now, onRemoved);
        }

        return state;
    }

    /// <summary>Lets go of clusters that the snapshot no longer has and brings the others up to date.</summary>
    public void Apply(ProxySnapshot snapshot)
    {
        for (var i = 0; i < _states.Length; i++)
        {
            if (_states[i] is not { } state)
            {
                continue;
            }

            if (snapshot.Find(state.Model.Key) is { } model)
            {
                _ = Get(model);
            }
            else
            {
                state.Update(state.Model with { Endpoints = [] }, loop.Now, onRemoved);
                _states[i] = null;
            }
        }
    }
}
