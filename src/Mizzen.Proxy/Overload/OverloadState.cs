namespace Mizzen.Proxy.Overload;

/// <summary>
/// What the whole process has taken on, and what it refuses for now. Loops count their connections in it and read it; who watches the
/// memory writes it.
/// </summary>
internal sealed class OverloadState(long? maxConnections = null)
{
    private int _connections;
    private long _refused;
    private volatile bool _refusesRequests;
    private volatile bool _disablesKeepAlive;
    private volatile bool _holdsConnections;
    private volatile bool _rejectsConnections;

    /// <summary>Connections of clients now.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections refused so far, for want of room or of memory.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public bool RefusesRequests
    {
        get => _refusesRequests;
        set => _refusesRequests = value;
    }

    public bool DisablesKeepAlive
    {
        get => _disablesKeepAlive;
        set => _disablesKeepAlive = value;
    }

    public bool HoldsConnections
    {
        get => _holdsConnections;
        set => _holdsConnections = value;
    }

    public bool RejectsConnections
    {
        get => _rejectsConnections;
        set => _rejectsConnections = value;
    }

    /// <summary>Takes room for a connection; false when there is none.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _connections) <= (maxConnections ?? int.MaxValue))
        {
            return true;
        }

        Interlocked.Decrement(ref _connections);
        return false;
    }

    /// <summary>A connection for which there was room is gone.</summary>
    public void Leave() => Interlocked.Decrement(ref _connections);

    public void Refuse() => Interlocked.Increment(ref _refused);
}
