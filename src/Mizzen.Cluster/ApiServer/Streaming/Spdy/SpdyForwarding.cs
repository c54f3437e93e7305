using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Mizzen.Cluster.ApiServer.Streaming.Spdy;

/// <summary>
/// Connections in SPDY streams (Kubernetes' <c>portforward.k8s.io</c>): for each the client opens one stream for errors and one for data,
/// which carry the same request id.
/// </summary>
internal sealed class SpdyForwarding(WebSocket socket, PortDialer dial) : IDisposable
{
    private const int RequestPart = 6;

    private readonly SpdySession _session = new(socket);
    private readonly SpdyHeaders _headers = new();
    private readonly Dictionary<string, int> _errorStreams = [];
    private readonly Dictionary<int, ForwardedConnection> _connections = [];
    private readonly List<Task> _running = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (await _session.ReceiveAsync(gone.Token) is { Type: not SpdyType.GoAway } frame)
            {
                await TakeAsync(frame, gone.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or InvalidDataException)
        {
            // The client has gone, or speaks another protocol: either way there is nobody to talk to.
        }
        finally
        {
            await gone.CancelAsync();
            await Task.WhenAll(_running);
            Dispose();
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _headers.Dispose();
    }

    private async Task TakeAsync(SpdyFrame frame, CancellationToken cancellationToken)
    {
        switch (frame.Type)
        {
            case SpdyType.SynStream when frame.Body.Length >= RequestPart:
                await OpenAsync(frame, cancellationToken);
                break;
            case SpdyType.Data when _connections.TryGetValue(frame.Stream, out var connection):
                await connection.WriteAsync(frame.Body, frame.IsLast, cancellationToken);
                break;
            case SpdyType.RstStream when _connections.Remove(frame.Stream, out var reset):
                reset.Abort();
                break;
            case SpdyType.Ping:
                await _session.SendAsync(frame, cancellationToken);
                break;
        }
    }

    private async Task OpenAsync(SpdyFrame frame, CancellationToken cancellationToken)
    {
        // Before the headers come the associated stream, the priority and a slot, none of which mean anything here.
        var headers = _headers.Read(frame.Body[RequestPart..].Span);
        await _session.SendAsync(new SpdyFrame(SpdyType.SynReply, frame.Stream, false, _headers.Empty()), cancellationToken);
        var id = headers.GetValueOrDefault("requestid", headers.GetValueOrDefault("port", ""));
        if (headers.GetValueOrDefault("streamtype") == "error")
        {
            _errorStreams[id] = frame.Stream;
        }
        else if (_errorStreams.Remove(id, out var errors) && int.TryParse(headers.GetValueOrDefault("port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            var connection = _connections[frame.Stream] = new ForwardedConnection(_session, frame.Stream, errors);
            _running.RemoveAll(task => task.IsCompleted);
            _running.Add(connection.RunAsync(token => dial(port, token), cancellationToken));
        }
    }
}

/// <summary>One connection to the pod and its two streams.</summary>
internal sealed class ForwardedConnection(SpdySession session, int data, int errors)
{
    private const int BufferSize = 32 * 1024;

    private readonly TaskCompletionSource<Socket?> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connects, and hands on what the pod sends until it is done; then both streams end.</summary>
    public async Task RunAsync(Func<CancellationToken, Task<Socket>> dial, CancellationToken cancellationToken)
    {
        var failure = ReadOnlyMemory<byte>.Empty;
        try
        {
            using var connection = await dial(cancellationToken);
            _connected.TrySetResult(connection);
            await CopyAsync(connection, cancellationToken);
        }
        catch (IOException error)
        {
            failure = Encoding.UTF8.GetBytes(error.Message);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has gone.
        }

        _connected.TrySetResult(null);
        await EndAsync(failure, cancellationToken);
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, bool isLast, CancellationToken cancellationToken)
    {
        if (await _connected.Task is not { } connection)
        {
            return;
        }

        try
        {
            for (var rest = bytes; rest.Length > 0;)
            {
                rest = rest[await connection.SendAsync(rest, SocketFlags.None, cancellationToken)..];
            }

            if (isLast)
            {
                connection.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The program in the pod has closed: its stream ends too.
        }
    }

    /// <summary>The client does not want it any more.</summary>
    public void Abort() => _ = _connected.Task.ContinueWith(static connected => connected.GetAwaiter().GetResult()?.Close(), TaskScheduler.Default);

    private async Task CopyAsync(Socket connection, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        int read;
        while ((read = await connection.ReceiveAsync(buffer, SocketFlags.None, cancellationToken)) > 0)
        {
            await session.SendAsync(new SpdyFrame(SpdyType.Data, data, false, buffer.AsMemory(0, read)), cancellationToken);
        }
    }

    private async Task EndAsync(ReadOnlyMemory<byte> failure, CancellationToken cancellationToken)
    {
        try
        {
            await session.SendAsync(new SpdyFrame(SpdyType.Data, errors, true, failure), cancellationToken);
            await session.SendAsync(new SpdyFrame(SpdyType.Data, data, true, default), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The session is over.
        }
    }
}
