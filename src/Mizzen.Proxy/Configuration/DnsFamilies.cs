using System.Net;
using System.Net.Sockets;
using Envoy.Config.Cluster.V3;

namespace Mizzen.Proxy.Configuration;

/// <summary>Which addresses of a name count (<c>dns_lookup_family</c>). Pure.</summary>
internal static class DnsFamilies
{
    /// <summary>The addresses that a cluster wants; where it prefers one kind, the other only if there is none of that.</summary>
    public static IReadOnlyList<IPAddress> Choose(Cluster.Types.DnsLookupFamily family, IReadOnlyList<IPAddress> addresses)
    {
        var v4 = addresses.Where(static address => address.AddressFamily == AddressFamily.InterNetwork).ToList();
        var v6 = addresses.Where(static address => address.AddressFamily == AddressFamily.InterNetworkV6).ToList();
        return family switch
        {
            Cluster.Types.DnsLookupFamily.V4Only => v4,
            Cluster.Types.DnsLookupFamily.V6Only => v6,
            Cluster.Types.DnsLookupFamily.V4Preferred => v4.Count > 0 ? v4 : v6,
            Cluster.Types.DnsLookupFamily.All => addresses,
            _ => v6.Count > 0 ? v6 : v4,
        };
    }
}
