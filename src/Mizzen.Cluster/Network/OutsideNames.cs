using System.Net;

namespace Mizzen.Cluster.Network;

/// <summary>
/// Host names outside the cluster that somewhere else answers for: each gets an address out of 198.18.0.0/15 (RFC 2544, never on the
/// internet), and the egress relay dials the place behind it, whatever the port. So a stand-in on the host's loopback can play an
/// outside service.
/// </summary>
public sealed class OutsideNames
{
    private readonly Dictionary<string, IPAddress> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<IPAddress, DnsEndPoint> _targets = [];

    /// <summary>Takes names with the <c>host:port</c> that answers for each.</summary>
    public OutsideNames(IReadOnlyDictionary<string, string> names)
    {
        byte last = 0;
        foreach (var (name, target) in names)
        {
            var colon = target.LastIndexOf(':');
            var address = new IPAddress([198, 18, 0, ++last]);
            _addresses[name.TrimEnd('.')] = address;
            _targets[address] = new DnsEndPoint(target[..colon], int.Parse(target.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The address that stands for a name, or null.</summary>
    public IPAddress? AddressOf(string name) => _addresses.GetValueOrDefault(name.TrimEnd('.'));

    /// <summary>Where connections to an address really go.</summary>
    public EndPoint TargetOf(IPEndPoint destination) =>
        _targets.TryGetValue(destination.Address, out var target) ? target : destination;
}
