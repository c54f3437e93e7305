using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Network;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;

namespace Mizzen.Cluster.Dns;

/// <summary>
/// The name server at 10.96.0.10, UDP and TCP (RFC 1035, 7766): the cluster's names from its Services, the names with a stand-in, and
/// everything else as the host itself resolves it.
/// </summary>
public sealed class ClusterDns : IDisposable
{
    private const int Port = 53;
    private const int UdpLimit = 1232;
    private const uint OutsideTimeToLive = 5;

    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly ClusterZone _zone;
    private readonly OutsideNames _outside;
    private readonly ILogger _logger;

    /// <summary>Binds both sockets inside.</summary>
    public ClusterDns(
        ClusterNetwork network, Informer<Service> services, Informer<EndpointSlice> slices, OutsideNames outside, ILogger<ClusterDns> logger)
    {
        var endpoint = new IPEndPoint(ClusterNetwork.DnsAddress, Port);
        _udp = network.BindUdpInside(endpoint);
        _tcp = network.ListenInside(endpoint);
        _zone = new ClusterZone(services, slices);
        _outside = outside;
        _logger = logger;
    }

    /// <summary>Answers until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(ServeUdpAsync(cancellationToken), ServeTcpAsync(cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    private async Task ServeUdpAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), cancellationToken);
                if (DnsQuestion.TryRead(buffer.AsSpan(0, received.ReceivedBytes)) is { } question)
                {
                    _ = AnswerUdpAsync(question, received.RemoteEndPoint, cancellationToken);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException error)
            {
                Log.SocketFailed(_logger, error.Message);
            }
        }
    }

    private async Task AnswerUdpAsync(DnsQuestion question, EndPoint client, CancellationToken cancellationToken)
    {
        var answer = await AnswerAsync(question, cancellationToken);
        try
        {
            await _udp.SendToAsync(answer.Write(question, UdpLimit), SocketFlags.None, client, cancellationToken);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Log.SocketFailed(_logger, error.Message);
        }
    }

    private async Task ServeTcpAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                _ = ServeConnectionAsync(await _tcp.AcceptAsync(cancellationToken), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException error)
            {
                Log.SocketFailed(_logger, error.Message);
            }
        }
    }

    private async Task ServeConnectionAsync(Socket client, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            var length = new byte[2];
            while (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, cancellationToken) == 2)
            {
                var request = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(request, cancellationToken);
                if (DnsQuestion.TryRead(request) is not { } question)
                {
                    return;
                }

                var answer = (await AnswerAsync(question, cancellationToken)).Write(question, ushort.MaxValue);
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. length, .. answer], cancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or EndOfStreamException)
        {
            Log.SocketFailed(_logger, error.Message);
        }
    }

    private async Task<DnsAnswer> AnswerAsync(DnsQuestion question, CancellationToken cancellationToken)
    {
        if (_zone.Answer(question.Name, question.Type) is { } own)
        {
            return own;
        }

        if (_outside.AddressOf(question.Name) is { } standIn)
        {
            return question.Type == DnsType.A ? new DnsAnswer(DnsCode.NoError, [DnsRecord.Address(standIn, OutsideTimeToLive)]) : DnsAnswer.Empty;
        }

        return question.Type switch
        {
            DnsType.A => await ResolveOutsideAsync(question.Name, cancellationToken),
            // Nothing but IPv4 leaves the cluster.
            DnsType.Aaaa => DnsAnswer.Empty,
            _ => DnsAnswer.NoSuchName,
        };
    }

    private async Task<DnsAnswer> ResolveOutsideAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, cancellationToken);
            return new DnsAnswer(DnsCode.NoError, [.. addresses.Select(address => DnsRecord.Address(address, OutsideTimeToLive))]);
        }
        catch (SocketException error)
        {
            Log.OutsideFailed(_logger, name, error.Message);
            return error.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData ? DnsAnswer.NoSuchName : DnsAnswer.Failure;
        }
        catch (OperationCanceledException)
        {
            return DnsAnswer.Failure;
        }
    }
}
