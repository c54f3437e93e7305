using System.Collections.Frozen;
using System.Net;

namespace Mizzen.ControlPlane.Model;

/// <summary>Who asks for configuration, as far as the answer depends on it: what a proxy's xDS node says.</summary>
/// <param name="Type">Sidecar or gateway.</param>
/// <param name="Address">The pod's address.</param>
/// <param name="Name">The pod's name.</param>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Labels">The pod's labels.</param>
public sealed record ProxyView(
    ProxyType Type, IPAddress Address, string Name, string Namespace, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>A gRPC program that speaks xDS itself (Istio's node metadata <c>GENERATOR: grpc</c>).</summary>
    public bool IsProxyless { get; init; }

    /// <summary>The release that it says to be of (<c>ISTIO_VERSION</c>); empty when it says none.</summary>
    public string Version { get; init; } = "";

    /// <summary>The texts among the metadata of its xDS node.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>It answers the names of the mesh itself (<c>ISTIO_META_DNS_CAPTURE</c>), so that addresses which only it knows are of use.</summary>
    public bool CapturesNames => Type == ProxyType.Sidecar && Metadata.GetValueOrDefault("DNS_CAPTURE") == "true";

    /// <summary>Nobody has proved that it is who it says to be: it gets no private keys.</summary>
    public bool IsAnonymous { get; init; }
}

/// <summary>The first part of Istio's node id.</summary>
public enum ProxyType
{
    /// <summary><c>sidecar</c>: beside one workload.</summary>
    Sidecar,

    /// <summary><c>router</c>: a gateway.</summary>
    Router,
}
