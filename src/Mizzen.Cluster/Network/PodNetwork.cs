using System.Net;
using Mizzen.Netlink;

namespace Mizzen.Cluster.Network;

/// <summary>A pod's own network: a namespace with one link to the router.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Address">The pod's address, out of its node's range.</param>
/// <param name="Link">The router's end of the link.</param>
public sealed record PodNetwork(NetworkNamespace Namespace, IPAddress Address, string Link);
