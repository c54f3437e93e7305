using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>The copies of one request that wait for it to be complete.</summary>
internal sealed class Mirrors(ExchangeServices services)
{
    private readonly List<MirroredRequest> _waiting = [];

    /// <summary>Begins the copies that chance wants. A request that wants an upgrade has none: nobody would speak the other protocol.</summary>
    public void Begin(ExchangeRecord record, IReadOnlyList<MirrorModel> policies, ulong? key, bool countsAttempts)
    {
        for (var i = 0; i < policies.Count && !record.Request.WantsUpgrade; i++)
        {
            var policy = policies[i];
            if (services.Random.Below(1_000_000) < policy.PerMillion && services.Upstreams.Find(policy.Cluster) is { } cluster)
            {
                var copy = services.RentMirror();
                copy.Begin(record.Request, cluster, record.DownstreamLocal, key, countsAttempts);
                _waiting.Add(copy);
            }
        }
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            _waiting[i].Append(data);
        }
    }

    /// <summary>The request is complete.</summary>
    public void Send(long timeout)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            _waiting[i].Send(timeout);
        }

        _waiting.Clear();
    }

    /// <summary>The request has ended before it was complete.</summary>
    public void Drop()
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            _waiting[i].Drop();
        }

        _waiting.Clear();
    }
}
