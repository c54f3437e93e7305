namespace Mizzen.ControlPlane.Injection;

/// <summary>Istio's names of what injection reads and writes.</summary>
internal static class Names
{
    public const string ProxyContainer = "istio-proxy";
    public const string InitContainer = "istio-init";

    public const string Inject = "sidecar.istio.io/inject";
    public const string Status = "sidecar.istio.io/status";
    public const string ProxyImage = "sidecar.istio.io/proxyImage";
    public const string LogLevel = "sidecar.istio.io/logLevel";
    public const string ComponentLogLevel = "sidecar.istio.io/componentLogLevel";
    public const string AgentLogLevel = "sidecar.istio.io/agentLogLevel";
    public const string RewriteProbers = "sidecar.istio.io/rewriteAppHTTPProbers";
    public const string InterceptionMode = "sidecar.istio.io/interceptionMode";
    public const string Cpu = "sidecar.istio.io/proxyCPU";
    public const string CpuLimit = "sidecar.istio.io/proxyCPULimit";
    public const string Memory = "sidecar.istio.io/proxyMemory";
    public const string MemoryLimit = "sidecar.istio.io/proxyMemoryLimit";
    public const string UserVolume = "sidecar.istio.io/userVolume";
    public const string UserVolumeMount = "sidecar.istio.io/userVolumeMount";
    public const string ProxyConfig = "proxy.istio.io/config";
    public const string Revision = "istio.io/rev";

    public const string IncludeOutboundAddresses = "traffic.sidecar.istio.io/includeOutboundIPRanges";
    public const string ExcludeOutboundAddresses = "traffic.sidecar.istio.io/excludeOutboundIPRanges";
    public const string IncludeInboundPorts = "traffic.sidecar.istio.io/includeInboundPorts";
    public const string ExcludeInboundPorts = "traffic.sidecar.istio.io/excludeInboundPorts";
    public const string IncludeOutboundPorts = "traffic.sidecar.istio.io/includeOutboundPorts";
    public const string ExcludeOutboundPorts = "traffic.sidecar.istio.io/excludeOutboundPorts";
    public const string ExcludeInterfaces = "traffic.sidecar.istio.io/excludeInterfaces";

    public const string ReadinessInitialDelay = "readiness.status.sidecar.istio.io/initialDelaySeconds";
    public const string ReadinessPeriod = "readiness.status.sidecar.istio.io/periodSeconds";
    public const string ReadinessFailures = "readiness.status.sidecar.istio.io/failureThreshold";

    public const string CanonicalName = "service.istio.io/canonical-name";
    public const string CanonicalRevision = "service.istio.io/canonical-revision";

    /// <summary>Tells clients that the pod takes mutual TLS.</summary>
    public const string TlsMode = "security.istio.io/tlsMode";

    public const string PrometheusScrape = "prometheus.io/scrape";
    public const string PrometheusPort = "prometheus.io/port";
    public const string PrometheusPath = "prometheus.io/path";
    public const string PrometheusMerge = "prometheus.istio.io/merge-metrics";

    public const string DefaultContainer = "kubectl.kubernetes.io/default-container";
    public const string DefaultLogsContainer = "kubectl.kubernetes.io/default-logs-container";

    /// <summary>The agent's port: merged metrics and the app's probes.</summary>
    public const int AgentPort = 15020;

    /// <summary>The proxy's readiness.</summary>
    public const int ReadinessPort = 15021;

    /// <summary>The proxy's own metrics.</summary>
    public const int PrometheusListenerPort = 15090;

    /// <summary>The proxy's user and group; its traffic is not redirected.</summary>
    public const int ProxyUser = 1337;
}
