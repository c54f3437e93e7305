namespace Mizzen.Proxy.Transport;

/// <summary>How the kernel looks whether a silent peer is still there (<c>tcp_keepalive</c>); what is null is the system's setting.</summary>
/// <param name="Probes">Questions without answer after which the connection is dead.</param>
/// <param name="Time">Seconds of silence before the first.</param>
/// <param name="Interval">Seconds between them.</param>
internal sealed record KeepaliveModel(int? Probes, int? Time, int? Interval);
