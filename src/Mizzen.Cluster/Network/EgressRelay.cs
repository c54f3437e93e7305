using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Network;

/// <summary>
/// The way out: pods' TCP connections to anywhere but pods and services end here, by redirect, and go on from the host's own network.
/// Nothing but TCP goes out; names are the name server's business.
/// </summary>
public sealed class EgressRelay(ClusterNetwork network, OutsideNames outside, ILogger<EgressRelay> logger) : IDisposable
{
    /// <summary>The port inside the router that connections are redirected to.</summary>
    public const int Port = 15999;

    private const int SolIp = 0;
    private const int OriginalDestination = 80;

    private readonly Socket _listener = network.ListenInside(new IPEndPoint(IPAddress.Any, Port));

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
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException error)
            {
                Log.AcceptFailed(logger, error.Message);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task RelayAsync(Socket client, CancellationToken cancellationToken)
    {
        EndPoint? target = null;
        try
        {
            target = outside.TargetOf(DestinationOf(client));
            var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(target, cancellationToken);
            await StreamRelay.JoinAsync(client, server, cancellationToken);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            Log.EgressFailed(logger, target?.ToString() ?? "an unknown destination", error.Message);
            // The pod sees a reset, as it would from a machine that refuses.
            client.Close(0);
        }
    }

    private static IPEndPoint DestinationOf(Socket client)
    {
        Span<byte> address = stackalloc byte[16];
        client.GetRawSocketOption(SolIp, OriginalDestination, address);
        return new IPEndPoint(new IPAddress(address.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(address[2..]));
    }
}
