using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http;

/// <summary>A client's connection, whatever the version of HTTP.</summary>
internal interface IServerConnection : ITransportHandler
{
    /// <summary>Closes now if idle, else after the responses that are under way.</summary>
    void Drain();

    /// <summary>Closes at once, and ends what is under way.</summary>
    void Abort();
}
