using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.ConnectionLimits;

/// <summary>Closes connections beyond a number (<c>envoy.filters.network.connection_limit</c>); all loops count together.</summary>
internal static class ConnectionCap
{
    public static bool TryEnter(ConnectionCapModel model, ITrafficObserver observer)
    {
        if (!model.Count.TryEnter(model.MaxConnections))
        {
            observer.Count(model.Limited);
            return false;
        }

        observer.Count(model.Active);
        return true;
    }

    public static void Leave(ConnectionCapModel model, ITrafficObserver observer)
    {
        model.Count.Leave();
        observer.Count(model.Active, -1);
    }
}
