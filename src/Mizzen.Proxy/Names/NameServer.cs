using System.Net;
using System.Net.Sockets;
using Istio.Networking.Nds.V1;
using Mizzen.Dns;
using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Names;

/// <summary>
/// The sidecar's own name server (Istio's DNS proxy), UDP and TCP: names of the mesh are answered here, all others are passed on to the
/// pod's name servers. It runs on the control thread; how much it does at once is bounded.
/// </summary>
internal sealed class NameServer : IDisposable
{
    /// <summary>Where the redirect brings requests for names (Istio's port).</summary>
    public const ushort Port = 15053;

    private const int MostAtOnce = 256;
    private const int MostConnections = 64;
    private const int LargestRequest = 4096;
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(10);

    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SemaphoreSlim _requests = new(MostAtOnce);
    private readonly SemaphoreSlim _connections = new(MostConnections);
    private readonly ResolverConfiguration _resolver;
    private readonly NameForwarder _forwarder;
    private readonly Logger _log;
    private readonly TimeProvider _clock;
    private LocalNames _names;

    public NameServer(ResolverConfiguration resolver, Logger log, TimeProvider clock)
    {
        _resolver = resolver;
        _log = log;
        _clock = clock;
        _names = new LocalNames(null, resolver.Search);
        _forwarder = new NameForwarder(resolver.Servers, log, clock);
    }

    /// <summary>Where it listens, once it does.</summary>
    public IPEndPoint Address => (IPEndPoint)_tcp.LocalEndPoint!;

    /// <summary>Opens the port, for both protocols.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public void Listen(IPEndPoint address)
    {
        _tcp.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _tcp.Bind(address);
        // In this order: of a port that the kernel chooses, connections are the scarcer half.
        _udp.Bind(Address);
        _tcp.Listen(MostConnections);
    }

    /// <summary>The names from now on.</summary>
    public void Take(NameTable table)
    {
        Volatile.Write(ref _names, new LocalNames(table, _resolver.Search));
        _log.Info($"{_names.Count} names of the mesh are answered at {Address}");
    }

    /// <summary>Answers until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(ServeDatagramsAsync(cancellationToken), ServeStreamsAsync(cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
        _requests.Dispose();
        _connections.Dispose();
    }

    private async Task ServeDatagramsAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestRequest];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), cancellationToken);
                _ = AnswerDatagramAsync(buffer.AsSpan(0, received.ReceivedBytes).ToArray(), received.RemoteEndPoint, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException error)
            {
                _log.Debug($"a request for a name was lost: {error.Message}");
            }
        }
    }

    private async Task AnswerDatagramAsync(byte[] request, EndPoint client, CancellationToken cancellationToken)
    {
        try
        {
            if (await AnswerAsync(request, overTcp: false, cancellationToken) is { } answer)
            {
                await _udp.SendToAsync(answer, SocketFlags.None, client, cancellationToken);
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            _log.Debug($"{client} has no answer for its name: {error.Message}");
        }
    }

    private async Task ServeStreamsAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var client = await _tcp.AcceptAsync(cancellationToken);
                if (await _connections.WaitAsync(0, cancellationToken))
                {
                    _ = ServeStreamAsync(client, cancellationToken);
                }
                else
                {
                    client.Dispose();
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException error)
            {
                _log.Debug($"a connection for names was lost: {error.Message}");
            }
        }
    }

    private async Task ServeStreamAsync(Socket client, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            using var idle = new CancellationTokenSource(IdleConnection, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
            while (await DnsStream.ReadAsync(stream, either.Token) is { } request && await AnswerAsync(request, overTcp: true, either.Token) is { } answer)
            {
                await DnsStream.WriteAsync(stream, answer, either.Token);
                idle.CancelAfter(IdleConnection);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            _log.Debug($"a connection for names has ended: {error.Message}");
        }
        finally
        {
            _connections.Release();
        }
    }

    /// <summary>The answer; null for what is no request at all.</summary>
    private async Task<byte[]?> AnswerAsync(byte[] request, bool overTcp, CancellationToken cancellationToken)
    {
        if (DnsQuestion.TryRead(request) is not { } question)
        {
            return DnsAnswer.Refuse(request);
        }

        var limit = overTcp ? ushort.MaxValue : question.DatagramLimit;
        if (Volatile.Read(ref _names).Answer(question.Name, question.Type) is { } own)
        {
            return own.Write(question, limit);
        }

        // Whoever asks for more at once than the pod's name servers answer is told so, rather than that the proxy keeps it all.
        if (!await _requests.WaitAsync(0, cancellationToken))
        {
            return DnsAnswer.Failure.Write(question, limit);
        }

        try
        {
            return await _forwarder.AskAsync(request, overTcp, cancellationToken) ?? DnsAnswer.Failure.Write(question, limit);
        }
        finally
        {
            _requests.Release();
        }
    }
}
