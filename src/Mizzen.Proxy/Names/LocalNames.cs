using System.Net;
using System.Net.Sockets;
using Istio.Networking.Nds.V1;
using Mizzen.Dns;

namespace Mizzen.Proxy.Names;

/// <summary>The names of the mesh as the control plane tells them (Istio's <c>NameTable</c>), for lookups. Immutable.</summary>
internal sealed class LocalNames
{
    /// <summary>How long an answer is good for, in seconds (Istio's agent).</summary>
    public const uint TimeToLive = 30;

    /// <summary>More addresses of a name than fit into any answer.</summary>
    private const int MostAddresses = 512;

    private readonly Dictionary<string, IPAddress[]> _byName = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> _search;
    private uint _turn;

    /// <param name="table">What the control plane tells; null before it has.</param>
    /// <param name="search">Domains that clients append to names.</param>
    public LocalNames(NameTable? table, IReadOnlyList<string> search)
    {
        _search = search;
        foreach (var (host, info) in table?.Table ?? [])
        {
            var addresses = info.Ips.Take(MostAddresses).Select(text => IPAddress.TryParse(text, out var address) ? address : null).OfType<IPAddress>().ToArray();
            foreach (var name in Names(host, info))
            {
                _byName.TryAdd(name, addresses);
            }
        }
    }

    /// <summary>How many names there are.</summary>
    public int Count => _byName.Count;

    /// <summary>The answer; null when the name is not the mesh's.</summary>
    /// <param name="name">In lower case, without the final dot.</param>
    /// <param name="type">What is asked for.</param>
    public DnsAnswer? Answer(string name, DnsType type)
    {
        if (type is not (DnsType.A or DnsType.Aaaa or DnsType.Any))
        {
            return null;
        }

        if (Find(name) is { } addresses)
        {
            return new DnsAnswer(DnsCode.NoError, Records(addresses, type, owner: null));
        }

        // A client that appends its search domains asks for reviews.default.svc.cluster.local.default.svc.cluster.local first.
        foreach (var domain in _search)
        {
            if (name.Length > domain.Length + 1 && name.EndsWith(domain, StringComparison.Ordinal) && name[^(domain.Length + 1)] == '.'
                && name[..^(domain.Length + 1)] is var stem && Find(stem) is { } found)
            {
                return new DnsAnswer(DnsCode.NoError, [DnsRecord.Alias(stem, TimeToLive), .. Records(found, type, stem)]);
            }
        }

        return null;
    }

    private IPAddress[]? Find(string name)
    {
        if (_byName.TryGetValue(name, out var addresses))
        {
            return addresses;
        }

        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = name.IndexOf('.', dot + 1))
        {
            if (_byName.TryGetValue("*" + name[dot..], out addresses))
            {
                return addresses;
            }
        }

        return null;
    }

    /// <summary>Those of the family that is asked for, each time another first.</summary>
    private List<DnsRecord> Records(IPAddress[] addresses, DnsType type, string? owner)
    {
        var fitting = addresses.Where(address => type == DnsType.Any || (address.AddressFamily == AddressFamily.InterNetwork) == (type == DnsType.A)).ToList();
        var first = fitting.Count > 1 ? (int)(Interlocked.Increment(ref _turn) % (uint)fitting.Count) : 0;
        return [.. fitting.Skip(first).Concat(fitting.Take(first)).Select(address => DnsRecord.Address(address, TimeToLive) with { Owner = owner })];
    }

    private static IEnumerable<string> Names(string host, NameTable.Types.NameInfo info) =>
        ((string[])[host, .. info.AltHosts]).Select(name => name.TrimEnd('.').ToLowerInvariant()).Where(name => name.Length > 0);
}
