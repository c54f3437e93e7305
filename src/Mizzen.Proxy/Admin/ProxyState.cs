using Google.Protobuf;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation.Metrics;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Admin;

/// <summary>What the proxy tells about itself. Written by the control thread, read by any; every part is replaced as a whole.</summary>
internal sealed class ProxyState(string version, string nodeId, string command, MetricsRegistry metrics, TimeProvider clock)
{
    private readonly long _started = clock.GetTimestamp();

    public string Version { get; } = version;

    public string NodeId { get; } = nodeId;

    /// <summary>The command line.</summary>
    public string Command { get; } = command;

    /// <summary>What the proxy was started with, as JSON in the shape of Envoy's bootstrap; set by the program.</summary>
    public string Bootstrap { get; set; } = "{}";

    /// <summary>Sets the level of log lines; set by the program.</summary>
    public Action<LogLevel> SetLogLevel { get; set; } = static _ => { };

    public MetricsRegistry Metrics { get; } = metrics;

    /// <summary>The configuration that serves now.</summary>
    public ProxySnapshot Snapshot { get; set; } = ProxySnapshot.Empty;

    /// <summary>The messages that the configuration was made of: type, name, message.</summary>
    public IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> Messages { get; set; } = [];

    /// <summary>Listeners that could not be opened: name and reason.</summary>
    public IReadOnlyList<string> ListenerFailures { get; set; } = [];

    /// <summary>Where a listener listens; null when it does not. Set by the program.</summary>
    public Func<string, System.Net.IPEndPoint?> AddressOf { get; set; } = static _ => null;

    /// <summary>Why the proxy itself leaves an endpoint of a cluster out. Set by the program.</summary>
    public Func<ClusterKey, System.Net.IPEndPoint, EndpointVerdict> VerdictOf { get; set; } = static (_, _) => default;

    /// <summary>All listeners of <see cref="Snapshot"/> take connections.</summary>
    public bool ListenersStand { get; set; }

    /// <summary>Configuration that was refused, most recent last.</summary>
    public string LastRefusal { get; set; } = "";

    /// <summary>Responses of the control plane that were refused.</summary>
    public long Refusals { get; set; }

    /// <summary>What the start is waiting for (a token, a certificate, the control plane); empty when for nothing.</summary>
    public string WaitingFor { get; set; } = "";

    /// <summary>No new work is taken any more.</summary>
    public bool IsDraining { get; set; }

    /// <summary>An operator has said that this proxy is unwell (POST /healthcheck/fail).</summary>
    public bool IsMarkedUnhealthy { get; set; }

    /// <summary>Opens access log files anew; set by the program.</summary>
    public Action ReopenLogs { get; set; } = static () => { };

    /// <summary>Ends the program; set by it.</summary>
    public Action Quit { get; set; } = static () => { };

    public TimeSpan Uptime => clock.GetElapsedTime(_started);

    /// <summary>Why the proxy is not ready, null when it is.</summary>
    public string? NotReadyBecause()
    {
        if (IsDraining)
        {
            return "the proxy is draining";
        }

        if (IsMarkedUnhealthy)
        {
            return "the health check was failed by hand (POST /healthcheck/ok ends it)";
        }

        if (!Snapshot.IsComplete)
        {
            var cause = WaitingFor.Length > 0 ? WaitingFor : "listeners, clusters and what they refer to";
            return $"no complete configuration has been received yet: waiting for {cause}";
        }

        return ListenersStand ? null : $"not all listeners are open: {string.Join("; ", ListenerFailures.DefaultIfEmpty("opening"))}";
    }
}
