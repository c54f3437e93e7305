using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Observation;

/// <summary>Told once about everything that ends. One per loop, called on its thread only.</summary>
internal interface ITrafficObserver
{
    /// <summary>Tells the loop's way out, for what the observer sends itself. Called once, before anything else.</summary>
    void Attach(LoopUpstreams upstreams);

    void OnExchange(ExchangeRecord record);

    void OnConnectionOpened(ConnectionRecord record);

    void OnConnectionClosed(ConnectionRecord record);

    /// <summary>Adds to a counter; a gauge goes down by a negative amount.</summary>
    void Count(CounterKey counter, long amount = 1);

    /// <summary>About once a second, and before the loop ends: hand over what was collected.</summary>
    void Flush();
}
