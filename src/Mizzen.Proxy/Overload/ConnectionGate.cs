using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Overload;

/// <summary>Lets connections of clients in and counts them by listener, on one loop.</summary>
internal sealed class ConnectionGate(OverloadState state, ITrafficObserver observer)
{
    public OverloadState State { get; } = state;

    /// <summary>Lets a connection in; false when it must be closed.</summary>
    public bool TryEnter(ListenerModel listener)
    {
        if (State.RejectsConnections)
        {
            State.Refuse();
            observer.Count(listener.Counters.OverloadRejected);
            return false;
        }

        if (!State.TryEnter())
        {
            State.Refuse();
            observer.Count(listener.Counters.Overflow);
            return false;
        }

        observer.Count(listener.Counters.Connections);
        observer.Count(listener.Counters.ActiveConnections);
        return true;
    }

    /// <summary>A connection that was let in is gone.</summary>
    public void Leave(ListenerModel listener)
    {
        State.Leave();
        observer.Count(listener.Counters.ActiveConnections, -1);
    }

    /// <summary>Nobody takes a connection that was let in.</summary>
    public void TurnAway(ListenerModel listener)
    {
        observer.Count(listener.Counters.NoFilterChain);
        Leave(listener);
    }
}
