using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>The retries of one exchange, within what its policy and its cluster allow.</summary>
internal sealed class RetryCount
{
    private bool _isCounted;

    /// <summary>Retries so far.</summary>
    public int Count { get; private set; }

    /// <summary>Takes one of the remaining retries; <paramref name="refusal"/> says why there is none.</summary>
    public bool TryEnter(ClusterState cluster, RetryModel policy, out ResponseFlags refusal)
    {
        refusal = ResponseFlags.None;
        if (Count >= policy.Count)
        {
            refusal = policy.Count > 0 ? ResponseFlags.UpstreamRetryLimitExceeded : ResponseFlags.None;
            return false;
        }

        if (!_isCounted && !cluster.Circuit.TryEnter(CircuitResource.Retries, Limit(cluster)))
        {
            refusal = ResponseFlags.UpstreamOverflow;
            return false;
        }

        _isCounted = true;
        Count++;
        return true;
    }

    /// <summary>No retry is under way any more.</summary>
    public void Leave(ClusterState cluster)
    {
        if (_isCounted)
        {
            _isCounted = false;
            cluster.Circuit.Leave(CircuitResource.Retries);
        }
    }

    /// <summary>Begins anew for another exchange.</summary>
    /// <param name="cluster">The cluster so far; null when there was none, and so no retry.</param>
    public void Reset(ClusterState? cluster)
    {
        if (cluster is not null)
        {
            Leave(cluster);
        }

        Count = 0;
    }

    private static uint Limit(ClusterState cluster)
    {
        var limits = cluster.Model.Limits;
        return limits.Budget is null ? limits.Retries : limits.RetriesFor(cluster.Circuit.Used(CircuitResource.Requests));
    }
}
