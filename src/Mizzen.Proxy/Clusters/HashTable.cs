using System.IO.Hashing;
using System.Text;

using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Clusters;

/// <summary>
/// Leads a key to an endpoint so that few keys move when endpoints come and go. Which of the usable ones an endpoint that is out hands its
/// keys to depends on the key alone, so all loops and proxies agree.
/// </summary>
internal abstract class HashTable
{
    /// <summary>The table of a cluster's kind.</summary>
    public static HashTable Of(EndpointState[] endpoints, ClusterModel model) => model.LoadBalancing == LoadBalancing.Maglev
        ? new MaglevTable(endpoints, model.HashTableSize)
        : new HashRing(endpoints, model.HashTableSize);

    /// <summary>The endpoint of a key.</summary>
    /// <param name="hash">The key.</param>
    /// <param name="all">Take endpoints that are not usable, too.</param>
    /// <param name="now">Loop time in milliseconds.</param>
    public abstract EndpointState Find(ulong hash, bool all, long now);

    protected static ulong HashOf(EndpointState endpoint, string suffix) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(endpoint.Address + suffix));

    /// <summary>Shares of a whole, of which the smallest is 1.</summary>
    protected static uint[] Shares(EndpointState[] endpoints)
    {
        var least = Math.Max(1, endpoints.Min(endpoint => endpoint.Model.Weight));
        return [.. endpoints.Select(endpoint => Math.Max(1, endpoint.Model.Weight / least))];
    }
}

/// <summary>Ketama: every endpoint has many places on a ring, and a key belongs to the next place (Envoy's <c>RING_HASH</c>).</summary>
internal sealed class HashRing : HashTable
{
    private const long LargestRing = 8 * 1024 * 1024;
    private readonly ulong[] _places;
    private readonly EndpointState[] _owners;

    public HashRing(EndpointState[] endpoints, int minimum)
    {
        var shares = Shares(endpoints);
        var total = shares.Sum(share => (long)share);
        var perShare = Math.Max(1, Math.Min((minimum + total - 1) / total, LargestRing / total));
        var places = endpoints
            .SelectMany((endpoint, index) => Enumerable.Range(0, (int)(shares[index] * perShare)).Select(number => (Hash: HashOf(endpoint, $"_{number}"), Endpoint: endpoint)))
            .OrderBy(place => place.Hash)
            .ToList();
        _places = [.. places.Select(place => place.Hash)];
        _owners = [.. places.Select(place => place.Endpoint)];
    }

    /// <inheritdoc/>
    public override EndpointState Find(ulong hash, bool all, long now)
    {
        var found = Array.BinarySearch(_places, hash);
        var place = found >= 0 ? found : ~found;
        for (var step = 0; step < _owners.Length; step++)
        {
            var owner = _owners[(place + step) % _owners.Length];
            if (all || owner.IsUsable(now))
            {
                return owner;
            }
        }

        return _owners[place % _owners.Length];
    }
}

/// <summary>A table in which every endpoint fills its share of the entries (Maglev, Eisenbud et al., NSDI 2016, section 3.4).</summary>
internal sealed class MaglevTable : HashTable
{
    private const int MostProbes = 32;
    private readonly EndpointState[] _endpoints;
    private readonly EndpointState[] _entries;

    public MaglevTable(EndpointState[] endpoints, int size)
    {
        _endpoints = endpoints;
        _entries = Fill(endpoints, (uint)size);
    }

    /// <inheritdoc/>
    public override EndpointState Find(ulong hash, bool all, long now)
    {
        for (var probe = 0; probe < MostProbes; probe++)
        {
            var entry = _entries[hash % (ulong)_entries.Length];
            if (all || entry.IsUsable(now))
            {
                return entry;
            }

            hash = (hash ^ (hash >> 29)) * 0x9E3779B97F4A7C15;
        }

        return Array.Find(_endpoints, endpoint => endpoint.IsUsable(now)) ?? _entries[0];
    }

    private static EndpointState[] Fill(EndpointState[] endpoints, uint size)
    {
        var shares = Shares(endpoints);
        var most = shares.Max();
        var offsets = endpoints.Select(endpoint => HashOf(endpoint, "_offset") % size).ToArray();
        var skips = endpoints.Select(endpoint => (HashOf(endpoint, "_skip") % (size - 1)) + 1).ToArray();
        var next = new ulong[endpoints.Length];
        var turns = new double[endpoints.Length];
        var entries = new EndpointState[size];
        for (var filled = 0; filled < size;)
        {
            for (var i = 0; i < endpoints.Length && filled < size; i++)
            {
                // Who has half the weight takes every other turn.
                turns[i] += (double)shares[i] / most;
                if (turns[i] < 1)
                {
                    continue;
                }

                turns[i]--;
                ulong entry;
                do
                {
                    entry = (offsets[i] + (next[i]++ * skips[i])) % size;
                }
                while (entries[entry] is not null);
                entries[entry] = endpoints[i];
                filled++;
            }
        }

        return entries;
    }
}
