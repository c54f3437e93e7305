namespace Mizzen.Proxy.Tls;

/// <summary>The last ticket that a server gave us, for the next connection to it. Belongs to one endpoint on one loop.</summary>
internal sealed class SessionSlot
{
    private TlsContext? _context;
    private nint _session;

    ~SessionSlot() => Clear();

    /// <summary>The session, if it was made with the same context; 0 when there is none.</summary>
    public nint For(TlsContext context) => ReferenceEquals(_context, context) ? _session : 0;

    /// <summary>Takes over a reference to a session.</summary>
    public void Keep(TlsContext context, nint session)
    {
        Clear();
        _context = context;
        _session = session;
    }

    /// <summary>Drops what is kept.</summary>
    public void Clear()
    {
        if (_session != 0)
        {
            LibSsl.SessionFree(_session);
            _session = 0;
            _context = null;
        }
    }
}
