using System.Runtime.InteropServices;

using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tls;

/// <summary>
/// A TLS session over a TCP socket, on either side. What is received is decrypted at once and as a whole; what the layers above write in
/// one callback becomes as few records as possible and leaves with one send. Idle sessions hold no buffer of ours.
/// </summary>
internal sealed unsafe class TlsTransport : ByteTransport, IStagedWriter, ITransportHandler
{
    // Encrypted in pieces of two records, so that the output buffer of the loop stays small.
    private const int Piece = 32 * 1024;

    private readonly SocketTransport _socket;
    private readonly TlsIo _io;
    private readonly TlsContext? _context;
    private readonly SessionSlot? _sessions;
    private readonly LoopTimer _timer;
    private readonly bool _isServer;
    private nint _ssl;
    private byte[]? _pending;
    private int _pendingStart;
    private int _pendingEnd;
    private State _state = State.Handshaking;
    private bool _paused;
    private bool _endSeen;
    private bool _endDelivered;
    private bool _endSent;
    private bool _broken;
    private ConnectionSecurity? _security;

    private TlsTransport(SocketTransport socket, TlsIo io, TlsContext? context, bool isServer, SessionSlot? sessions)
        : base(socket.Loop)
    {
        _socket = socket;
        _io = io;
        _context = context;
        _isServer = isServer;
        _sessions = sessions;
        _timer = new LoopTimer(OnHandshakeTimeout);
        socket.Handler = this;
    }

    private enum State
    {
        Handshaking,
        Open,
        Closed,
    }

    public override NetAddress Local => _socket.Local;

    public override NetAddress Remote => _socket.Remote;

    public override bool IsCongested => _socket.IsCongested;

    public override ConnectionSecurity? Security => _security;

    public override IReadOnlyList<byte[]> PeerCertificates() => _ssl == 0 ? [] : HandshakeOutcome.PeerCertificates(_ssl);

    /// <summary>Names of which the peer's certificate must have one; null for any.</summary>
    internal PeerNames? Names { get; private init; }

    /// <summary>The peer's certificate must be vouched for.</summary>
    internal bool VerifiesPeer { get; private init; }

    /// <summary>A server's application protocols, best first, as ALPN lists them.</summary>
    internal byte[] OfferedProtocols { get; private init; } = [];

    /// <summary>The peer's certificate is genuine, but not of somebody whom we want.</summary>
    internal bool IsWrongPeer { get; set; }

    /// <summary>Serves a client that has connected: the handshake begins with the bytes that come. <see cref="ITransportHandler.OnConnected"/> tells that it is over.</summary>
    public static TlsTransport Accept(SocketTransport socket, TlsIo io, ServerTls settings)
    {
        var transport = new TlsTransport(socket, io, settings.Context, isServer: true, sessions: null)
        {
            Names = settings.Names,
            VerifiesPeer = settings.VerifiesClients,
            OfferedProtocols = settings.Protocols,
        };
        if (transport.TryStart(settings.HandshakeTimeout, "the listener's certificate has not been delivered"))
        {
            var mode = settings.RequiresClientCertificate ? LibSsl.VerifyPeer | LibSsl.VerifyFailIfNoPeerCertificate
                : settings.VerifiesClients ? LibSsl.VerifyPeer : LibSsl.VerifyNone;
            LibSsl.SetVerify(transport._ssl, mode, 0);
            LibSsl.SetAcceptState(transport._ssl);
        }

        return transport;
    }

    /// <summary>Speaks TLS on a connection that is being made. The limit is for both, connecting and the handshake.</summary>
    public static TlsTransport Connect(SocketTransport socket, TlsIo io, ClientTls settings, SessionSlot? sessions, long timeoutMilliseconds)
    {
        var transport = new TlsTransport(socket, io, settings.Context, isServer: false, sessions)
        {
            Names = settings.Names,
            VerifiesPeer = settings.VerifiesServer,
        };
        if (transport.TryStart(timeoutMilliseconds, "the cluster's certificate has not been delivered"))
        {
            transport.PrepareClient(settings);
        }

        return transport;
    }

    public override void Write(ReadOnlySpan<byte> data)
    {
        if (_state == State.Open && !_endSent && !_broken)
        {
            Loop.Staging.Append(this, data);
        }
    }

    public void SendStaged(ReadOnlySpan<byte> staged, ReadOnlySpan<byte> more)
    {
        if (_state == State.Open)
        {
            Encrypt(staged);
            Encrypt(more);
        }
    }

    public override void PauseReading()
    {
        _paused = true;
        _socket.PauseReading();
    }

    public override void ResumeReading()
    {
        if (_paused)
        {
            _paused = false;
            Loop.Defer(this);
        }
    }

    public override void RedeliverPending()
    {
        if (_pending is not null)
        {
            Loop.Defer(this);
        }
    }

    public override void ShutdownSend()
    {
        if (_state == State.Open && !_endSent)
        {
            SendCloseNotify();
            _socket.ShutdownSend();
        }
    }

    public override void Close()
    {
        if (_state == State.Closed)
        {
            return;
        }

        if (_state == State.Open)
        {
            SendCloseNotify();
        }

        Handler = null;
        Release();
        _socket.Close();
    }

    public override void Abort(bool reset = false)
    {
        if (_state == State.Closed)
        {
            return;
        }

        Loop.Staging.FlushOf(this);
        Handler = null;
        Release();
        _socket.Abort(reset);
    }

    /// <summary>It has no descriptor of its own: events come through the socket below.</summary>
    public override void OnReady(uint events)
    {
    }

    public override void OnDeferred()
    {
        if (_state == State.Handshaking && _broken)
        {
            Fail(TransportFault.TlsFailed);
            return;
        }

        if (_state != State.Open || _paused)
        {
            return;
        }

        if (_pending is not null)
        {
            Deliver(_pending, _pendingStart, _pendingEnd - _pendingStart);
        }

        DeliverEnd();
        if (_state == State.Open && !_paused)
        {
            _socket.ResumeReading();
        }
    }

    public void OnConnected()
    {
        if (_state == State.Handshaking && !_isServer && !_broken)
        {
            Advance();
        }
    }

    public int OnData(byte[] buffer, int offset, int count)
    {
        fixed (byte* data = buffer)
        {
            _io.SetInput(data + offset, count);
            if (_state == State.Handshaking)
            {
                Advance();
            }

            if (_state == State.Open)
            {
                Decrypt();
            }

            _io.EndInput();
        }

        return count;
    }

    public void OnEndOfStream()
    {
        // Without close_notify before it, nobody knows whether the end is the peer's or an attacker's (RFC 8446 section 6.1).
        if (!_endSeen)
        {
            FailureReason ??= _state == State.Handshaking ? "the peer closed the connection during the handshake" : null;
            Fail(_state == State.Handshaking ? TransportFault.TlsFailed : TransportFault.Reset);
        }
    }

    public void OnCongested() => Handler?.OnCongested();

    public void OnDrained() => Handler?.OnDrained();

    public void OnClosed(TransportFault fault)
    {
        ErrorNumber = _socket.ErrorNumber;
        if (_state == State.Handshaking && fault == TransportFault.Reset)
        {
            FailureReason ??= "the peer reset the connection during the handshake";
            fault = TransportFault.TlsFailed;
        }

        Fail(fault);
    }

    /// <summary>Takes a reference to a session that the server has offered; false when nobody wants it.</summary>
    internal bool TryKeepSession(nint session)
    {
        if (_sessions is null)
        {
            return false;
        }

        _sessions.Keep(_context!, session);
        return true;
    }

    private bool TryStart(long timeoutMilliseconds, string missing)
    {
        if (timeoutMilliseconds > 0)
        {
            Loop.Arm(_timer, timeoutMilliseconds);
        }

        if (_context is null)
        {
            FailureReason = missing;
            _broken = true;
            Loop.Defer(this);
            return false;
        }

        _ssl = _context.NewConnection();
        _io.Attach(_ssl);
        return true;
    }

    private void PrepareClient(ClientTls settings)
    {
        LibSsl.SetVerify(_ssl, settings.VerifiesServer ? LibSsl.VerifyPeer : LibSsl.VerifyNone, 0);
        if (settings.ServerName.Length > 0)
        {
            var name = Marshal.StringToCoTaskMemUTF8(settings.ServerName);
            _ = LibSsl.Control(_ssl, LibSsl.ControlServerName, 0, name);
            Marshal.FreeCoTaskMem(name);
        }

        fixed (byte* protocols = settings.Protocols)
        {
            _ = LibSsl.SetAlpn(_ssl, protocols, (uint)settings.Protocols.Length);
        }

        if (_sessions?.For(_context!) is { } session and not 0)
        {
            _ = LibSsl.SetSession(_ssl, session);
        }

        LibSsl.SetConnectState(_ssl);
    }

    private void Advance()
    {
        LibCrypto.ClearErrors();
        TlsCallbacks.SetCurrent(this);
        var result = LibSsl.DoHandshake(_ssl);
        TlsCallbacks.SetCurrent(null);
        var error = result == 1 ? LibSsl.ErrorNone : LibSsl.GetError(_ssl, result);
        if (error is not LibSsl.ErrorNone and not LibSsl.ErrorWantRead)
        {
            // An alert that says why is in the output.
            FailureReason = Explain();
            SendOutput();
            Fail(TransportFault.TlsFailed);
            return;
        }

        SendOutput();
        if (result == 1)
        {
            _state = State.Open;
            Loop.Disarm(_timer);
            _security = HandshakeOutcome.Of(_ssl);
            Handler?.OnConnected();
        }
    }

    private string Explain()
    {
        var errors = OpenSsl.TakeErrors();
        if (IsWrongPeer)
        {
            return $"TLS_error:|{errors}:verify SAN list";
        }

        var verdict = LibSsl.GetVerifyResult(_ssl);
        var detail = verdict != 0 ? $":{Marshal.PtrToStringUTF8(LibCrypto.VerifyErrorText(verdict))}" : "";
        return $"TLS_error:|{errors}{detail}";
    }

    private void Decrypt()
    {
        LibCrypto.ClearErrors();
        while (_state == State.Open && !_endSeen)
        {
            var plain = Loop.PlainScratch;
            TlsCallbacks.SetCurrent(this);
            int count;
            fixed (byte* target = plain)
            {
                count = LibSsl.Read(_ssl, target, plain.Length);
            }

            TlsCallbacks.SetCurrent(null);
            if (count <= 0)
            {
                OnReadStopped(LibSsl.GetError(_ssl, count));
                return;
            }

            // A handler may make other sessions write, and the output is one for all of the loop.
            SendOutput();
            Take(plain, count);
            // Most often one record is all there is: asking for another in vain costs as much as a system call.
            if (_state == State.Open && _io.IsInputRead && LibSsl.HasPending(_ssl) == 0)
            {
                return;
            }
        }
    }

    private void OnReadStopped(int error)
    {
        // Key updates and alerts may want to be answered.
        SendOutput();
        switch (error)
        {
            case LibSsl.ErrorWantRead:
                return;
            case LibSsl.ErrorZeroReturn:
                _endSeen = true;
                DeliverEnd();
                return;
            default:
                FailureReason = Explain();
                Fail(TransportFault.Reset);
                return;
        }
    }

    private void Take(byte[] plain, int count)
    {
        if (_pending is null && !_paused)
        {
            Deliver(plain, 0, count);
            return;
        }

        Keep(plain.AsSpan(0, count));
        if (!_paused)
        {
            Deliver(_pending!, _pendingStart, _pendingEnd - _pendingStart);
        }
    }

    private void Deliver(byte[] buffer, int offset, int count)
    {
        var used = Handler?.OnData(buffer, offset, count) ?? count;
        if (_state != State.Open)
        {
            return;
        }

        if (ReferenceEquals(buffer, _pending))
        {
            _pendingStart += used;
            if (_pendingStart == _pendingEnd)
            {
                DropPending();
            }
        }
        else if (used < count)
        {
            Keep(buffer.AsSpan(offset + used, count - used));
        }
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        var length = _pendingEnd - _pendingStart;
        if (_pending is null || data.Length > _pending.Length - _pendingEnd)
        {
            var larger = Loop.Buffers.Rent(length + data.Length);
            if (_pending is not null)
            {
                Buffer.BlockCopy(_pending, _pendingStart, larger, 0, length);
                Loop.Buffers.Return(_pending);
            }

            _pending = larger;
            _pendingStart = 0;
            _pendingEnd = length;
        }

        data.CopyTo(_pending.AsSpan(_pendingEnd));
        _pendingEnd += data.Length;
    }

    private void DeliverEnd()
    {
        if (_endSeen && !_endDelivered && !_paused && _state == State.Open)
        {
            _endDelivered = true;
            Handler?.OnEndOfStream();
        }
    }

    private void Encrypt(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty && !_broken)
        {
            var piece = data[..Math.Min(data.Length, Piece)];
            data = data[piece.Length..];
            fixed (byte* bytes = piece)
            {
                if (LibSsl.Write(_ssl, bytes, piece.Length) != piece.Length)
                {
                    // Only a session that is broken already takes no more; reading tells why.
                    LibCrypto.ClearErrors();
                    _broken = true;
                }
            }

            SendOutput();
        }
    }

    private void SendOutput()
    {
        var output = _io.Output;
        if (!output.IsEmpty)
        {
            _socket.SendStaged(output, default);
            _io.ClearOutput();
        }
    }

    private void SendCloseNotify()
    {
        Loop.Staging.FlushOf(this);
        if (!_endSent)
        {
            _endSent = true;
            _ = LibSsl.Shutdown(_ssl);
            LibCrypto.ClearErrors();
            SendOutput();
        }
    }

    private void OnHandshakeTimeout()
    {
        FailureReason = "the handshake took too long";
        Fail(TransportFault.ConnectTimeout);
    }

    private void Fail(TransportFault fault)
    {
        if (_state == State.Closed)
        {
            return;
        }

        var handler = Handler;
        Handler = null;
        Release();
        _socket.Close();
        handler?.OnClosed(fault);
    }

    private void Release()
    {
        Loop.Staging.FlushOf(this);
        _state = State.Closed;
        Loop.Disarm(_timer);
        DropPending();
        if (_ssl != 0)
        {
            // Else libssl takes the end for an accident and forbids the session's ticket to be used again.
            LibSsl.SetShutdown(_ssl, LibSsl.ShutdownBoth);
            LibSsl.Free(_ssl);
            _ssl = 0;
        }
    }

    private void DropPending()
    {
        if (_pending is not null)
        {
            Loop.Buffers.Return(_pending);
            _pending = null;
            _pendingStart = 0;
            _pendingEnd = 0;
        }
    }
}
