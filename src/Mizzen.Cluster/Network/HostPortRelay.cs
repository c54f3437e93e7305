using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Network;

/// <summary>A port of the host that leads to a service inside. A service without a ready endpoint closes the connection.</summary>
public sealed class HostPortRelay : IDisposable
{
    private readonly ClusterNetwork _network;
    private readonly Func<IPEndPoint?> _resolve;
    private readonly ILogger _logger;
    private readonly Socket _listener;

    /// <summary>Listens.</summary>
    /// <param name="endpoint">Address and port; port 0 takes any free one.</param>
    /// <param name="network">Where the service is.</param>
    /// <param name="resolve">An endpoint for each new connection, or null when there is none.</param>
    /// <param name="logger">Where failures are told.</param>
    /// <exception cref="SocketException">The port is in use, or needs privileges.</exception>
    public HostPortRelay(IPEndPoint endpoint, ClusterNetwork network, Func<IPEndPoint?> resolve, ILogger<HostPortRelay> logger)
    {
        _network = network;
        _resolve = resolve;
        _logger = logger;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(endpoint);
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    /// <summary>The port that is listened on.</summary>
    public int Port { get; }

    /// <summary>Relays until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptAsync(cancellationToken);
                _ = RelayAsync(client, cancellationToken);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException || error is SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException error)
            {
                Log.AcceptFailed(_logger, error.Message);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task RelayAsync(Socket client, CancellationToken cancellationToken)
    {
        try
        {
            var target = _resolve() ?? throw new SocketException((int)SocketError.HostUnreachable);
            var server = await _network.DialInsideAsync(target, cancellationToken);
            await StreamRelay.JoinAsync(client, server, cancellationToken);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            Log.HostPortFailed(_logger, Port, error.Message);
            client.Close(0);
        }
    }
}
