using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Network;
using Mizzen.Dns;
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
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(30);

    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly ClusterZone _zone;
    private readonly OutsideNames _outside;
    private readonly HostResolver _host;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;

    /// <summary>Binds both sockets inside.</summary>
    public ClusterDns(
        ClusterNetwork network,
        Informer<Service> services,
        Informer<EndpointSlice> slices,
        OutsideNames outside,
        ILogger<ClusterDns> logger,
        TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _host = new HostResolver(
            static (name, token) => System.Net.Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, token), logger, _clock);
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
                var request = buffer.AsSpan(0, received.ReceivedBytes);
                _ = DnsQuestion.TryRead(request) is { } question
                    ? AnswerUdpAsync(question, received.RemoteEndPoint, cancellationToken)
                    : SendUdpAsync(DnsAnswer.Refuse(request), received.RemoteEndPoint, cancellationToken);
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
        await SendUdpAsync(answer.Write(question, question.DatagramLimit), client, cancellationToken);
    }

    private async Task SendUdpAsync(byte[]? answer, EndPoint client, CancellationToken cancellationToken)
    {
        if (answer is null)
        {
            return;
        }

        try
        {
            await _udp.SendToAsync(answer, SocketFlags.None, client, cancellationToken);
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
            using var idle = new CancellationTokenSource(IdleConnection, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
            while (await DnsStream.ReadAsync(stream, either.Token) is { } request && DnsQuestion.TryRead(request) is { } question)
            {
                var answer = (await AnswerAsync(question, either.Token)).Write(question, ushort.MaxValue);
                await DnsStream.WriteAsync(stream, answer, either.Token);
                idle.CancelAfter(IdleConnection);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or EndOfStreamException)
        {
            Log.SocketFailed(_logger, error.Message);
        }
    }

    private async Task<DnsAnswer> AnswerAsync(DnsQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await LookUpAsync(question.Name, question.Type, cancellationToken);
            return answer.Alias is { } target ? await FollowAsync(answer, target, question.Type, cancellationToken) : answer;
        }
        catch (OperationCanceledException)
        {
            return DnsAnswer.Failure;
        }
    }

    // Those who ask follow no aliases themselves: the answer carries what the alias leads to.
    private async Task<DnsAnswer> FollowAsync(DnsAnswer answer, string target, DnsType type, CancellationToken cancellationToken)
    {
        var found = await LookUpAsync(target, type, cancellationToken);
        return answer with { Records = [.. answer.Records, .. found.Records.Select(record => record with { Owner = record.Owner ?? target })] };
    }

    private async Task<DnsAnswer> LookUpAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        if (_zone.Answer(name, type) is { } own)
        {
            return own;
        }

        // Nothing but IPv4 leaves the cluster, so nothing else is told about the outside.
        if (type is not (DnsType.A or DnsType.Any))
        {
            return DnsAnswer.Empty;
        }

        return _outside.AddressOf(name) is { } standIn
            ? new DnsAnswer(DnsCode.NoError, [DnsRecord.Address(standIn, HostResolver.TimeToLive)])
            : await _host.ResolveAsync(name, cancellationToken);
    }
}
