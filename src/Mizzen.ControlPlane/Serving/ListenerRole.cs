namespace Mizzen.ControlPlane.Serving;

/// <summary>What a port is for; a route answers only on the ports of its role.</summary>
internal enum ListenerRole
{
    /// <summary>xDS over TLS (15012).</summary>
    Discovery,

    /// <summary>xDS in plain for whoever can reach loopback (15010); only when asked for.</summary>
    PlainDiscovery,

    /// <summary>Admission webhooks over TLS (15017).</summary>
    Webhooks,

    /// <summary>Readiness, metrics, version in plain (15014).</summary>
    Monitoring,

    /// <summary>Debug pages in plain, on loopback only (8080).</summary>
    Debug,
}
