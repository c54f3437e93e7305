using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Tcp;

/// <summary>What the TCP sessions of one loop share.</summary>
internal sealed class TcpServices(LoopUpstreams upstreams, ITrafficObserver observer) : IDisposable
{
    private readonly HashSet<TcpSession> _sessions = [];

    public LoopUpstreams Upstreams { get; } = upstreams;

    public ITrafficObserver Observer { get; } = observer;

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

    /// <inheritdoc/>
    public void Dispose() => Pipes.Dispose();
}
