namespace Mizzen.Cluster.ApiServer;

/// <summary>Opens a connection to a port of a Service of the cluster, as the API server does to reach admission webhooks.</summary>
/// <param name="ns">The Service's namespace.</param>
/// <param name="service">The Service's name.</param>
/// <param name="port">The Service's port.</param>
/// <param name="cancellationToken">Ends the attempt.</param>
/// <exception cref="IOException">No endpoint of the Service answers.</exception>
public delegate ValueTask<Stream> WebhookDialer(string ns, string service, int port, CancellationToken cancellationToken);
