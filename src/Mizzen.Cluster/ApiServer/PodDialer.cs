using System.Net;

namespace Mizzen.Cluster.ApiServer;

/// <summary>Opens a connection to a port of a pod, as the API server does for <c>pods/proxy</c>.</summary>
/// <param name="endpoint">The pod's address and port.</param>
/// <param name="cancellationToken">Ends the attempt.</param>
/// <exception cref="System.Net.Sockets.SocketException">Nobody answers there.</exception>
public delegate ValueTask<Stream> PodDialer(IPEndPoint endpoint, CancellationToken cancellationToken);
