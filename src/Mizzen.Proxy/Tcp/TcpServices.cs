using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Tcp;

/// <summary>What the TCP sessions of one loop share.</summary>
internal sealed class TcpServices(LoopUpstreams upstreams, ITrafficObserver observer, ConnectionGate gate) : IDisposable
{
    private readonly HashSet<TcpSession> _sessions = [];

    public LoopUpstreams Upstreams { get; } = upstreams;

    public ITrafficObserver Observer { get; } = observer;

    public ConnectionGate Gate { get; } = gate;

    public PipePool Pipes { get; } = new();

    /// <summary>Sessions under way.</summary>
    public int Active => _sessions.Count;

    public void Add(TcpSession session) => _sessions.Add(session);

    public void Remove(TcpSession session) => _sessions.Remove(session);

    /// <summary>Ends all sessions at once.</summary>
    public void EndAll()
    {
        foreach (var session in _sessions.ToArray())
        {
            session.End();
        }
    }

    /// <summary>Ends the sessions of a listener that began before a moment; returns how many there were.</summary>
    public int EndThoseOf(string listener, long before)
    {
        var ended = 0;
        foreach (var session in _sessions.ToArray())
        {
            if (session.Listener == listener && session.Begun <= before)
            {
                session.End();
                ended++;
            }
        }

        return ended;
    }

    /// <inheritdoc/>
    public void Dispose() => Pipes.Dispose();
}
