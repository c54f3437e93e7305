using System.Net;

namespace Mizzen.ControlPlane;

/// <summary>How the control plane runs. The defaults are Istio's ports; port 0 takes a free one.</summary>
public sealed record IstiodOptions
{
    /// <summary>The namespace it runs in, which is also the mesh's root namespace.</summary>
    public string Namespace { get; init; } = "istio-system";

    /// <summary>Where the TLS and monitoring ports listen.</summary>
    public IPAddress Address { get; init; } = IPAddress.Any;

    /// <summary>xDS over TLS.</summary>
    public int DiscoveryPort { get; init; } = 15012;

    /// <summary>
    /// xDS in plain, for gRPC programs and Envoys of your own (Istio's <c>--grpcAddr</c>): always on loopback, without proof of who asks,
    /// and without private keys. Null, the default, for none.
    /// </summary>
    public int? PlainDiscoveryPort { get; init; }

    /// <summary>Admission webhooks over TLS.</summary>
    public int WebhookPort { get; init; } = 15017;

    /// <summary>Readiness and metrics in plain.</summary>
    public int MonitoringPort { get; init; } = 15014;

    /// <summary>Readiness and debug pages in plain; always on loopback.</summary>
    public int DebugPort { get; init; } = 8080;

    /// <summary>The image of the proxies that are injected.</summary>
    public string ProxyImage { get; init; } = "mizzen/proxyv2";

    /// <summary>How long open streams have to end when the control plane stops (Istio's <c>--shutdownDuration</c>).</summary>
    public TimeSpan ShutdownDuration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a proxy outside of the cluster may be away before its WorkloadEntry goes (Istio's <c>PILOT_WORKLOAD_ENTRY_GRACE_PERIOD</c>).</summary>
    public TimeSpan WorkloadEntryGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What the installation's Deployment tells by its environment (<c>POD_NAMESPACE</c>, <c>PROXY_IMAGE</c>).</summary>
    public static IstiodOptions FromEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var options = new IstiodOptions();
        return options with { Namespace = variable("POD_NAMESPACE") ?? options.Namespace, ProxyImage = variable("PROXY_IMAGE") ?? options.ProxyImage };
    }
}
