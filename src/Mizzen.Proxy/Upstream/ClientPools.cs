using Mizzen.Proxy.Clusters;

namespace Mizzen.Proxy.Upstream;

/// <summary>The connections of one loop to an endpoint that is told for whom each is: requests of one client share them, those of others do not.</summary>
internal sealed class ClientPools(EndpointState endpoint, LoopUpstreams upstreams)
{
    private readonly Dictionary<(ClientAddresses Client, bool IsHttp2), EndpointPool> _pools = [];

    public bool IsEmpty => _pools.Count == 0;

    public EndpointPool Of(ClientAddresses client, bool isHttp2)
    {
        if (!_pools.TryGetValue((client, isHttp2), out var pool))
        {
            pool = isHttp2 ? new Http2Pool(endpoint, upstreams) : new Http1Pool(endpoint, upstreams);
            pool.Client = client;
            _pools[(client, isHttp2)] = pool;
        }

        return pool;
    }

    /// <summary>A pool has no connections any more and nobody waits in it.</summary>
    public void Forget(EndpointPool pool)
    {
        _ = _pools.Remove((pool.Client, pool is Http2Pool));
        LoopUpstreams.ForgetIfUnused(endpoint);
    }

    public void CloseIdle()
    {
        foreach (var pool in _pools.Values.ToArray())
        {
            pool.CloseIdle();
        }
    }
}
