using System.Net;
using System.Net.Sockets;
using Mizzen.Cluster.Node;
using Mizzen.Identity;
using Mizzen.Identity.Tokens;

namespace Mizzen.Cluster.ApiServer;

/// <summary>Where the API server keeps its objects, where it listens and whom it trusts.</summary>
public sealed record ApiServerOptions
{
    /// <summary>The database file; made when it is not there.</summary>
    public required string StorePath { get; init; }

    /// <summary>Issues the server's own certificate; client certificates must come from it.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>Issues and verifies tokens of service accounts.</summary>
    public required ServiceAccountTokenIssuer Tokens { get; init; }

    /// <summary>The folder in which the nodes write the logs of containers.</summary>
    public required string LogsFolder { get; init; }

    /// <summary>Where the host reaches the API by TLS; port 0 takes a free one. Null: nowhere.</summary>
    public IPEndPoint? HostEndpoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Sockets that are bound already, inside the cluster's network, and are served by TLS. They stay the caller's.</summary>
    public IReadOnlyList<Socket> ClusterListeners { get; init; } = [];

    /// <summary>A unix socket that is served in plain; whoever may open it is admin. Null: none.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>Further addresses that the server's certificate names, besides loopback and 10.96.0.1.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>How admission webhooks behind Services are reached. Null: only webhooks with a URL can be called.</summary>
    public WebhookDialer? WebhookDialer { get; init; }

    /// <summary>How pods are reached for <c>pods/proxy</c>. Null: they are not.</summary>
    public PodDialer? PodDialer { get; init; }

    /// <summary>The nodes, once there are any, for exec, attach and port-forward. Null: there are none.</summary>
    public Func<IPodRuntime?>? PodRuntime { get; init; }
}
