namespace Mizzen.Proxy.Observation;

/// <summary>Told once about everything that ends. One per loop, called on its thread only.</summary>
internal interface ITrafficObserver
{
    void OnExchange(ExchangeRecord record);

    void OnConnectionOpened(ConnectionRecord record);

    void OnConnectionClosed(ConnectionRecord record);

    /// <summary>About once a second, and before the loop ends: hand over what was collected.</summary>
    void Flush();
}
